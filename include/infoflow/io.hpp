// SPDX-License-Identifier: MIT
/// \file The door to pictures, tables and files: what needs stb, fmt or JSON beside the core.
#pragma once

#include <infoflow/io/atomic_file.hpp>
#include <infoflow/io/base64.hpp>
#include <infoflow/io/bmp_file.hpp>
#include <infoflow/io/colour_map.hpp>
#include <infoflow/io/embedded_picture.hpp>
#include <infoflow/io/escape.hpp>
#include <infoflow/io/exif.hpp>
#include <infoflow/io/flow_report.hpp>
#include <infoflow/io/gif_file.hpp>
#include <infoflow/io/html_report.hpp>
#include <infoflow/io/jpeg_file.hpp>
#include <infoflow/io/npy.hpp>
#include <infoflow/io/picture_bytes.hpp>
#include <infoflow/io/png_file.hpp>
#include <infoflow/io/read_file.hpp>
#include <infoflow/io/read_image.hpp>
#include <infoflow/io/report_json.hpp>
#include <infoflow/io/report_script.hpp>
#include <infoflow/io/report_script_maps.hpp>
#include <infoflow/io/report_style.hpp>
#include <infoflow/io/safetensors_writer.hpp>
#include <infoflow/io/script_json.hpp>
#include <infoflow/io/sha256.hpp>
#include <infoflow/io/shape.hpp>
#include <infoflow/io/stb_image.hpp>
#include <infoflow/io/stb_image_write.hpp>
#include <infoflow/io/svg.hpp>
#include <infoflow/io/write_png.hpp>
