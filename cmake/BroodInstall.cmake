# cmake --install, and find_package(brood) for those who come after. tests/install tries it.
include(CMakePackageConfigHelpers)

set(brood_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/brood)

install(TARGETS brood EXPORT brood-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/brood DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT brood-targets NAMESPACE brood:: DESTINATION ${brood_package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/brood-config.cmake.in ${PROJECT_BINARY_DIR}/brood-config.cmake
  INSTALL_DESTINATION ${brood_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/brood-config-version.cmake
  COMPATIBILITY SameMinorVersion) # before 1.0 a minor version may break
install(FILES
  ${PROJECT_BINARY_DIR}/brood-config.cmake
  ${PROJECT_BINARY_DIR}/brood-config-version.cmake
  ${CMAKE_CURRENT_LIST_DIR}/BroodCompiler.cmake
  ${CMAKE_CURRENT_LIST_DIR}/FindLiburing.cmake
  DESTINATION ${brood_package_dir})
