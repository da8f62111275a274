// BROOD_FOR_ARITIES(FAMILY): FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED) for one to eight arguments beyond f, and for none.
//
// The caller's source_location is a defaulted last parameter, which a pack allows only when the arguments are spelled out. Beyond
// eight, reports name the callable instead of the place.
#pragma once

#define BROOD_COMMA ,
#define BROOD_T(n) BROOD_COMMA class A##n
#define BROOD_P(n) BROOD_COMMA A##n&& a##n
#define BROOD_F(n) BROOD_COMMA std::forward<A##n>(a##n)

#define BROOD_FOR_ARITIES(FAMILY)                                                                                        \
  FAMILY(, , )                                                                                                           \
  FAMILY(BROOD_T(1), BROOD_P(1), BROOD_F(1))                                                                             \
  FAMILY(BROOD_T(1) BROOD_T(2), BROOD_P(1) BROOD_P(2), BROOD_F(1) BROOD_F(2))                                            \
  FAMILY(BROOD_T(1) BROOD_T(2) BROOD_T(3), BROOD_P(1) BROOD_P(2) BROOD_P(3), BROOD_F(1) BROOD_F(2) BROOD_F(3))           \
  FAMILY(BROOD_T(1) BROOD_T(2) BROOD_T(3) BROOD_T(4), BROOD_P(1) BROOD_P(2) BROOD_P(3) BROOD_P(4),                       \
         BROOD_F(1) BROOD_F(2) BROOD_F(3) BROOD_F(4))                                                                    \
  FAMILY(BROOD_T(1) BROOD_T(2) BROOD_T(3) BROOD_T(4) BROOD_T(5), BROOD_P(1) BROOD_P(2) BROOD_P(3) BROOD_P(4) BROOD_P(5), \
         BROOD_F(1) BROOD_F(2) BROOD_F(3) BROOD_F(4) BROOD_F(5))                                                         \
  FAMILY(BROOD_T(1) BROOD_T(2) BROOD_T(3) BROOD_T(4) BROOD_T(5) BROOD_T(6),                                              \
         BROOD_P(1) BROOD_P(2) BROOD_P(3) BROOD_P(4) BROOD_P(5) BROOD_P(6),                                              \
         BROOD_F(1) BROOD_F(2) BROOD_F(3) BROOD_F(4) BROOD_F(5) BROOD_F(6))                                              \
  FAMILY(BROOD_T(1) BROOD_T(2) BROOD_T(3) BROOD_T(4) BROOD_T(5) BROOD_T(6) BROOD_T(7),                                   \
         BROOD_P(1) BROOD_P(2) BROOD_P(3) BROOD_P(4) BROOD_P(5) BROOD_P(6) BROOD_P(7),                                   \
         BROOD_F(1) BROOD_F(2) BROOD_F(3) BROOD_F(4) BROOD_F(5) BROOD_F(6) BROOD_F(7))                                   \
  FAMILY(BROOD_T(1) BROOD_T(2) BROOD_T(3) BROOD_T(4) BROOD_T(5) BROOD_T(6) BROOD_T(7) BROOD_T(8),                        \
         BROOD_P(1) BROOD_P(2) BROOD_P(3) BROOD_P(4) BROOD_P(5) BROOD_P(6) BROOD_P(7) BROOD_P(8),                        \
         BROOD_F(1) BROOD_F(2) BROOD_F(3) BROOD_F(4) BROOD_F(5) BROOD_F(6) BROOD_F(7) BROOD_F(8))
