# SPDX-License-Identifier: MIT
# The installed package: find_package(infoflow COMPONENTS core study report tool torch adapters). One export file
# per component, so that a user of the core never needs the dependencies of the others.
option(INFOFLOW_INSTALL "Install infoflow's headers and package files" ${PROJECT_IS_TOP_LEVEL})
if(NOT INFOFLOW_INSTALL)
  return()
endif()
if(INFOFLOW_FETCHED)
  # An installed package may only name what a later find_package can find again.
  message(STATUS "infoflow: no install rules, these were fetched: ${INFOFLOW_FETCHED}")
  return()
endif()

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/infoflow)

# infoflow_install(<component> <header folder> <target>...)
function(infoflow_install component header_dir)
  install(TARGETS ${ARGN} EXPORT infoflow_${component}
          FILE_SET HEADERS DESTINATION ${header_dir})
  install(EXPORT infoflow_${component} NAMESPACE infoflow:: DESTINATION ${package_dir}
          FILE infoflow-${component}.cmake)
endfunction()
infoflow_install(core ${CMAKE_INSTALL_INCLUDEDIR} infoflow_infoflow)
infoflow_install(study ${CMAKE_INSTALL_INCLUDEDIR} infoflow_study)
infoflow_install(report ${CMAKE_INSTALL_INCLUDEDIR} infoflow_report)
infoflow_install(tool ${CMAKE_INSTALL_INCLUDEDIR} infoflow_tool)
infoflow_install(torch ${CMAKE_INSTALL_INCLUDEDIR} infoflow_torch)
# In a folder of their own: <adapters/…> is too common a name for the shared include folder.
infoflow_install(adapters ${CMAKE_INSTALL_INCLUDEDIR}/infoflow_adapters infoflow_checkpoints
                 infoflow_adapters)

configure_package_config_file(cmake/infoflowConfig.cmake.in infoflowConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
# While the major version is 0, a new minor version may break source. Headers fit any machine.
write_basic_package_version_file(infoflowConfigVersion.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/infoflowConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/infoflowConfigVersion.cmake cmake/FindStb.cmake
              cmake/FindTorchLibraries.cmake cmake/FindWebP.cmake cmake/TorchTarget.cmake
        DESTINATION ${package_dir})
