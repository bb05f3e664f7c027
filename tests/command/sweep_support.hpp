// SPDX-License-Identifier: MIT
/// \file Short sweeps of the small trained model, their journals, and processes that get signals.
#pragma once

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <infoflow/journal/read_journal.hpp>

#include "command.hpp"

namespace command_test {

/// Three cuts and one control of a data set whose pictures are the small model's.
inline std::vector<std::string> sweep_of(const std::string& data, const std::string& output,
                                         const std::vector<std::string>& more = {}) {
  return words({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa", "--data", data,
                "--images", tiny, "--layers", "4", "--control", "uniform:16", "--output", output},
               more);
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// How many errors stand on stderr; progress, which a slow machine shows, may stand beside them.
inline std::size_t error_count(const std::string& text) {
  std::size_t count = 0;
  for (const std::string& line : lines_of(text)) count += line.starts_with("infoflow: ") ? 1 : 0;
  return count;
}

inline std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// A row of own data about one of the small model's pictures.
inline std::string row(const std::string& id, const std::string& image,
                       const std::string& question) {
  return nlohmann::json{{"id", id}, {"image", image}, {"question", question}, {"answer", "Yes"}}
             .dump() +
         "\n";
}

/// Everything of a journal but the time that runs took, by item.
inline std::map<std::string, std::string> results(const std::filesystem::path& journal) {
  std::map<std::string, std::string> by_id;
  for (infoflow::ItemOutcome item : infoflow::read_journal(journal).items) {
    for (infoflow::RunOutcome& run : item.runs) run.seconds = 0;
    by_id[item.id] = infoflow::outcome_line(item);
  }
  return by_id;
}

/// The command as a process of its own, with what it says on stderr in a file.
class Process {
 public:
  /// \param prepare  called in the new process before the command begins
  Process(
      const std::vector<std::string>& words, const std::filesystem::path& errors,
      const std::function<void()>& prepare = [] {}) {
    process_ = fork();
    if (process_ != 0) return;
    setenv("OMP_NUM_THREADS", "1", 1);
    dup2(open("/dev/null", O_WRONLY), 1);
    dup2(open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
    std::vector<char*> arguments{const_cast<char*>(INFOFLOW_COMMAND)};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    prepare();
    execv(INFOFLOW_COMMAND, arguments.data());
    _exit(127);
  }

  /// Waits until a condition holds; false if the process ended before, or two minutes have passed.
  [[nodiscard]] bool wait_until(const std::function<bool()>& holds) {
    for (int i = 0; i < 12'000 && !ended(); ++i) {
      if (holds()) return true;
      usleep(10'000);
    }
    return false;
  }

  void send(int signal) const { kill(process_, signal); }

  /// The exit code as a shell gives it: 128 + signal if one killed it.
  [[nodiscard]] int exit_code() {
    if (!ended_) waitpid(process_, &status_, 0);
    ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  [[nodiscard]] bool ended() {
    if (!ended_) ended_ = waitpid(process_, &status_, WNOHANG) == process_;
    return ended_;
  }

  pid_t process_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

/// How many whole lines a file has.
inline std::size_t line_count(const std::filesystem::path& file) {
  const std::string text = content(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace command_test
