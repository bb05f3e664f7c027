// SPDX-License-Identifier: MIT
/// \file sweep: all questions of a data set under all cuts of a plan, on any adapter.
#pragma once

#include <utility>

#include <infoflow/sweep/adapter_sweeper.hpp>
#include <infoflow/sweep/sweep_run.hpp>
#include <infoflow/sweep/sweep_wording.hpp>

namespace infoflow {

/// Asks every question under every cut, and writes each down as it is finished: a run that was killed
/// goes on with `journal.resume`. `decide` says what follows.
/// \param wording  how questions are put; `question_wording(adapter)`, or `evaluation_wording(adapter,
///                 task)` where the adapter has its family's
/// \return the outcomes in the order of the data
/// \throws Error as SweepRun
template <SweepAdapter A>
[[nodiscard]] OrderedOutcomes sweep(const A& adapter, const SweepQuestions& questions,
                                    const SweepPlan& plan, const SweepJournal& journal,
                                    SweepWording wording) {
  AdapterSweeper<A> sweeper(adapter, std::move(wording));
  SweepRun run(sweeper, plan, questions, journal);
  static_cast<void>(run.ask());  // Nothing stops it.
  return run.outcomes();
}

/// The same with the questions as they stand, in the adapter's template if it has one.
template <SweepAdapter A>
[[nodiscard]] OrderedOutcomes sweep(const A& adapter, const SweepQuestions& questions,
                                    const SweepPlan& plan, const SweepJournal& journal) {
  return sweep(adapter, questions, plan, journal, question_wording(adapter));
}

}  // namespace infoflow
