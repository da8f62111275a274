# Run by cmake --install: the file by which gdb finds Brood's commands when it loads the shared library. Its place is the library's own
# path below auto-load/, and that is known only now. `datadir`, `libdir` and `library` are set by BroodInstall.cmake.
get_filename_component(share "${datadir}" ABSOLUTE BASE_DIR "${CMAKE_INSTALL_PREFIX}")
get_filename_component(lib "${libdir}" ABSOLUTE BASE_DIR "${CMAKE_INSTALL_PREFIX}")
set(hook "$ENV{DESTDIR}${share}/gdb/auto-load${lib}/${library}-gdb.py")
message(STATUS "Installing: ${hook}")
file(WRITE "${hook}" "import runpy\n\nrunpy.run_path(\"${share}/brood/brood-gdb.py\")\n")
