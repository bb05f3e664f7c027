# SPDX-License-Identifier: MIT
# Reads the version out of version.hpp, so that code, package and command cannot disagree.
set(version_header ${CMAKE_CURRENT_LIST_DIR}/../include/infoflow/core/version.hpp)
file(STRINGS ${version_header} version_line REGEX "version = \"[0-9.]+\"")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" infoflow_version "${version_line}")
if(NOT infoflow_version)
  message(FATAL_ERROR "no version = \"x.y.z\" in ${version_header}")
endif()
# A changed version must rerun the configure step.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${version_header})
