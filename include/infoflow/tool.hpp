// SPDX-License-Identifier: MIT
/// \file The door to the whole tool: data and pictures on a disk go in, folders with everything that was
/// found come out; and the paper's claims. On study and report.
#pragma once

#include <infoflow/claims/claim.hpp>
#include <infoflow/claims/claims.hpp>
#include <infoflow/claims/paper_claims.hpp>
#include <infoflow/output/decision_json.hpp>
#include <infoflow/output/flow_figures.hpp>
#include <infoflow/output/flow_folder.hpp>
#include <infoflow/output/flow_numbers.hpp>
#include <infoflow/output/flow_pictures.hpp>
#include <infoflow/output/loaded_sweep.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/output/sweep_data.hpp>
#include <infoflow/output/sweep_folder.hpp>
#include <infoflow/output/sweep_manner.hpp>
#include <infoflow/output/sweep_run_file.hpp>
