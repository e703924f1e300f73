# SPDX-License-Identifier: MIT
# `cmake --install` puts down the headers and the package files, and nothing that was generated from sources.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs) # writes cache entries, hence only when PANE_INSTALL asks for it

set(pane_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/pane") # no compiled code: share/, not lib/

install(TARGETS pane EXPORT pane-targets FILE_SET HEADERS
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT pane-targets NAMESPACE pane:: DESTINATION "${pane_package_dir}")
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/pane-config.cmake.in" "${PROJECT_BINARY_DIR}/pane-config.cmake"
  INSTALL_DESTINATION "${pane_package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/pane-config-version.cmake"
                                 VERSION "${PROJECT_VERSION}" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/pane-config.cmake"
              "${PROJECT_BINARY_DIR}/pane-config-version.cmake"
        DESTINATION "${pane_package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/pane")

# find_package works on the build tree too: -Dpane_DIR=<build directory>
export(EXPORT pane-targets NAMESPACE pane:: FILE "${PROJECT_BINARY_DIR}/pane-targets.cmake")
