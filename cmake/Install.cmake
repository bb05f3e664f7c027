# SPDX-License-Identifier: MIT
# The installed package: find_package(infoflow COMPONENTS io torch adapters).
