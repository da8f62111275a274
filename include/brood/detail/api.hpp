// BROOD_API marks a function that lib/ defines and users call: it is visible in a shared library, which is compiled with hidden symbols.
// Classes and templates are visible by the attribute of the namespaces in include/, which functions defined elsewhere do not inherit.
#pragma once

#define BROOD_API [[gnu::visibility("default")]]
