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

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The same for those who build without CMake. A static library leaves its own dependencies to the user's link, so they are all public.
set(brood_pc_requires "fmt")
set(brood_pc_requires_private "liburing")
set(brood_pc_libs_private "-pthread")
if(NOT BUILD_SHARED_LIBS)
  set(brood_pc_requires "fmt, liburing")
  set(brood_pc_requires_private "")
  set(brood_pc_libs "-pthread")
  set(brood_pc_libs_private "")
endif()
set(brood_pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH brood_pc_up ${brood_pc_dir} ${CMAKE_INSTALL_PREFIX}) # so that `cmake --install --prefix` and a moved copy work
configure_file(${CMAKE_CURRENT_LIST_DIR}/brood.pc.in ${PROJECT_BINARY_DIR}/brood.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/brood.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# gdb's commands: docs/debugging.md.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/tools/gdb/ DESTINATION ${CMAKE_INSTALL_DATADIR}/brood FILES_MATCHING PATTERN "*.py"
  PATTERN "__pycache__" EXCLUDE)
if(BUILD_SHARED_LIBS)
  install(CODE "set(datadir \"${CMAKE_INSTALL_DATADIR}\")\nset(libdir \"${CMAKE_INSTALL_LIBDIR}\")\nset(library \"$<TARGET_FILE_NAME:brood>\")")
  install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/BroodAutoLoad.cmake)
endif()
