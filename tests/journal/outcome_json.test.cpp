// SPDX-License-Identifier: MIT
#include <bit>
#include <cstdint>
#include <limits>

#include <catch_compat.hpp>

#include <infoflow/journal/outcome_json.hpp>

#include "../laws/generators.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

bool same_number(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool same_numbers(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_number);
}

/// Numbers of every size, and those that JSON has no word for.
double any_number(laws::Draw& draw) {
  using Limits = std::numeric_limits<double>;
  switch (draw.integer(0, 9)) {
    case 0: return Limits::quiet_NaN();
    case 1: return draw.coin() ? Limits::infinity() : -Limits::infinity();
    case 2: return draw.coin() ? -0.0 : 0.0;
    case 3: return draw.coin() ? Limits::denorm_min() : Limits::max();
    case 4: return static_cast<double>(draw.integer(-3, 3));
    case 5: return 0.1 * draw.integer(0, 9);
    default: return draw.normal() * std::pow(10.0, draw.integer(-300, 300));
  }
}

std::string any_text(laws::Draw& draw) {
  std::string text;
  for (Index left = draw.index(0, 12); left > 0; --left) {
    text += static_cast<char>(draw.integer(0, 255));
  }
  return text;
}

std::vector<double> any_numbers(laws::Draw& draw) {
  std::vector<double> list;
  for (Index left = draw.index(0, 4); left > 0; --left) list.push_back(any_number(draw));
  return list;
}

ItemOutcome any_outcome(std::uint64_t number) {
  laws::Draw draw(number);
  ItemOutcome item{.id = any_text(draw),
                   .image = any_text(draw),
                   .group = any_text(draw),
                   .runs = {},
                   .image_share = any_numbers(draw),
                   .cam_mass = any_numbers(draw),
                   .image_fraction = any_number(draw)};
  for (Index left = draw.index(0, 4); left > 0; --left) {
    RunOutcome run{
        {}, any_text(draw), draw.integer(-2, 99), any_text(draw), any_numbers(draw), draw.coin()};
    for (const MeasuredNumber& measured : measured_numbers) run.*measured.member = any_number(draw);
    item.runs.push_back(std::move(run));
  }
  return item;
}

bool same_run(const RunOutcome& a, const RunOutcome& b) {
  return a.policy == b.policy && a.cut_layer == b.cut_layer && a.answer == b.answer &&
         a.agrees == b.agrees && same_numbers(a.statistics, b.statistics) &&
         std::all_of(measured_numbers.begin(), measured_numbers.end(),
                     [&](const MeasuredNumber& number) {
                       return same_number(a.*number.member, b.*number.member);
                     });
}

bool same_outcome(const ItemOutcome& a, const ItemOutcome& b) {
  return a.id == b.id && a.image == b.image && a.group == b.group &&
         std::equal(a.runs.begin(), a.runs.end(), b.runs.begin(), b.runs.end(), same_run) &&
         same_numbers(a.image_share, b.image_share) && same_numbers(a.cam_mass, b.cam_mass) &&
         same_number(a.image_fraction, b.image_fraction);
}

std::string error_of(const std::string& line) {
  try {
    (void)read_outcome(line, "journal.jsonl:7");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("an outcome comes back from its line: every number bit for bit, every text as UTF-8",
          "[journal][law]") {
  for (std::uint64_t number = 0; number < 2000; ++number) {
    INFO("case " << number);
    const ItemOutcome item = any_outcome(number);
    const std::string line = outcome_line(item);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(same_outcome(read_outcome(line, ""), with_valid_text(item)));
    CHECK(outcome_line(read_outcome(line, "")) == line);
  }
  // Rounded to nine digits, as some writers do, the law would not hold.
  CHECK_FALSE(same_number(0.1 + 0.2, 0.3));
}

TEST_CASE("hostile texts stay in their line: valid ones unchanged, stray bytes as U+FFFD",
          "[journal]") {
  ItemOutcome item;
  item.runs.resize(1);
  for (const std::string& text :
       {std::string("a\nb\r\n\"c\"\\ \t"), std::string("\0\x01\x7f", 3), std::string("\u2028é🙂"),
        std::string("{\"id\": 1}"), std::string("</script>")}) {
    item.runs[0].answer = text;
    CHECK(read_outcome(outcome_line(item), "").runs[0].answer == text);
  }
  item.runs[0].answer = "half \xF0\x9F\x99 of a face, \xFF";
  CHECK(read_outcome(outcome_line(item), "").runs[0].answer == "half \uFFFD of a face, \uFFFD");
}

TEST_CASE("a malformed line is named with its place and what is wrong", "[journal]") {
  ItemOutcome item;
  item.id = "x";
  item.runs.resize(2);
  const std::string line = outcome_line(item);
  CHECK(error_of(line) == "no error");
  CHECK_THAT(error_of(""), ContainsSubstring("no JSON") && ContainsSubstring("journal.jsonl:7"));
  CHECK_THAT(error_of("[]"), ContainsSubstring("no JSON object"));
  CHECK_THAT(error_of(line + "{}"), ContainsSubstring("from byte"));
  CHECK_THAT(error_of(replaced(line, "\"id\":\"x\"", "\"id\":7")),
             ContainsSubstring("\"id\" is 7 and must be a text"));
  CHECK_THAT(error_of(replaced(line, "\"id\":\"x\",", "")), ContainsSubstring("\"id\" is missing"));
  CHECK_THAT(error_of(replaced(line, "\"id\"", "\"group\"")), ContainsSubstring("stands twice"));
  CHECK_THAT(error_of(replaced(line, "\"group\"", "\"grp\"")), ContainsSubstring("is missing"));
  CHECK_THAT(error_of(replaced(line, "\"cam_mass\"", "\"more\":0,\"cam_mass\"")),
             ContainsSubstring("\"more\" is not known"));
  CHECK_THAT(
      error_of(replaced(line, "\"kl\":0.0", "\"kl\":\"0\"")),
      ContainsSubstring("\"kl\" is \"0\" and must be a number") && ContainsSubstring("run 1"));
  CHECK_THAT(error_of(replaced(line, "\"cut_layer\":0", "\"cut_layer\":0.5")),
             ContainsSubstring("whole number"));
  CHECK_THAT(error_of(replaced(line, "\"cut_layer\":0", "\"cut_layer\":3000000000")),
             ContainsSubstring("whole number"));
  CHECK_THAT(error_of(replaced(line, "\"kl\":0.0", "\"kl\":1e999")),
             ContainsSubstring("too large"));
  CHECK_THAT(error_of(replaced(line, "\"runs\":[", "\"runs\":[3,")),
             ContainsSubstring("no JSON object"));
  CHECK_THAT(error_of(replaced(line, "\"statistics\":[]", "\"statistics\":[[]]")),
             ContainsSubstring("must be a number"));
  CHECK_THAT(error_of(std::string(100'000, '[')), ContainsSubstring("16 deep"));
  // A line that was cut anywhere is none.
  for (std::size_t cut = 0; cut < line.size(); ++cut) {
    CHECK(error_of(line.substr(0, cut)) != "no error");
  }
}
