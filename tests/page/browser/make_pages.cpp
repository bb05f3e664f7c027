// SPDX-License-Identifier: MIT
// Writes the pages that the browser's tests open: make_pages FOLDER. No model is needed: the numbers are
// made up so that each test knows them.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <sweep_example.hpp>

#include <infoflow/page/html_report.hpp>
#include <infoflow/page/sweep_report_html.hpp>

using namespace infoflow;

namespace {

constexpr int layer_count = 12;
constexpr Index head_count = 8;
constexpr Index side = 12;  // Patches along a side of a picture.
constexpr Index tokens = side * side;

const std::string hostile =
    std::string("</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(1)>") +
    "<svg onload=alert(1)>&amp; =HYPERLINK(\"http://127.0.0.1:9/x\") \xE2\x80\xA8 \xC3\x28 "
    "\x1B[31m" +
    " </style></title>{{model}} https://127.0.0.1:9/x.png";

/// 1 at the middle of a bump over patches and layers, towards 0 away from it.
float bump(Index patch, double row, double column, int layer, double centre) {
  const double y = static_cast<double>(patch / side) - row;
  const double x = static_cast<double>(patch % side) - column;
  const double z = (layer - centre) / 3;
  return static_cast<float>(std::exp(-(x * x + y * y) / 8 - z * z));
}

RgbImage picture(int red) {
  RgbImage image(360, 360);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const bool inside = std::hypot(x - 200, y - 150) < 80;
      image.pixel(x, y)[0] = static_cast<std::uint8_t>(inside ? red : 200 - y / 4);
      image.pixel(x, y)[1] = static_cast<std::uint8_t>(inside ? 90 : 205 - y / 5);
      image.pixel(x, y)[2] = static_cast<std::uint8_t>(inside ? 60 : 190 - x / 5);
    }
  }
  return image;
}

/// The attention of one layer: answer token a reads the bump at row 2 + 2a most, in layer 4 + a.
LayerAttention attention(const TokenPartition& partition, int l) {
  const Index answer = partition.answer_length();
  LayerAttention layer;
  layer.layer = l;
  layer.queries = partition.predicting_rows();
  layer.rows = HostMatrix::Constant(answer, partition.size(), 0.002F);
  layer.shares = HostMatrix::Zero(answer, 4);
  for (Index a = 0; a < answer; ++a) {
    layer.rows(a, 0) = 0.4F;
    for (const Span image : partition.images()) {
      for (Index t = 0; t < image.size(); ++t) {
        layer.rows(a, image.begin + t) +=
            bump(t, 2 + 2.0 * static_cast<double>(a), 6, l, 4 + static_cast<double>(a)) / 20;
      }
    }
    layer.rows.row(a) /= layer.rows.row(a).sum();
    for (Index p = 0; p < partition.size(); ++p) {
      layer.shares(a, static_cast<Index>(partition.role(p))) += layer.rows(a, p);
    }
  }
  for (Index h = 0; h < head_count; ++h) {
    HostMatrix shares = layer.shares;  // Head h moves a part of the system's share to the image.
    const float moved = static_cast<float>(h) / head_count;
    shares.col(1) += moved * layer.shares.col(0);
    shares.col(0) *= 1 - moved;
    layer.head_shares.push_back(shares);
  }
  return layer;
}

/// Heat of the answer's sum and of each of its tokens: nothing flows at the last layer.
std::vector<TargetHeat> heats(Index answer, std::size_t pictures) {
  std::vector<TargetHeat> all;
  for (Index a = -1; a < answer; ++a) {
    TargetHeat& target = all.emplace_back();
    if (a >= 0) target.target.token = a;
    for (int l = 0; l < layer_count; ++l) {
      SiteHeat& site = target.sites.emplace_back(SiteHeat{.site = {l}});
      site.image_mass = 0.2 + 0.6 * std::exp(-(l - 6) * (l - 6) / 8.0);
      site.prompt_mass = 1;
      for (const std::string weighting : {"mean", "hires"}) {
        HostVector map(static_cast<Index>(pictures) * tokens);
        for (Index t = 0; t < map.size(); ++t) {
          map[t] = bump(t % tokens, 5, weighting == "mean" ? 6 : 7, l, 6);
        }
        const bool last = l == layer_count - 1;
        site.maps.push_back({weighting, {}});
        site.maps.back().heat.add(map, last ? GradientFlow::none : GradientFlow::present);
      }
    }
  }
  return all;
}

/// Pictures and their question. A text that is given stands everywhere where a text can.
FlowReport flow(const std::string& everywhere = "", Index pictures = 2) {
  const auto text = [&](const std::string& usual) {
    return everywhere.empty() ? usual : everywhere;
  };
  FlowReport report;
  Trace& trace = report.trace;
  report.model = text("tiny, made up");
  report.question = text("What is on the sofa, and what is beside it?");
  trace.answer = text("A cat and a lamp.");
  const std::vector<std::string> answer{"A", " cat", " and", " a", " lamp", "."};
  const auto length = static_cast<Index>(answer.size());
  std::vector<Span> images;
  for (Index i = 0; i < pictures; ++i) {
    const Index begin = 4 + i * (tokens + 2);
    images.push_back({begin, begin + tokens});
  }
  trace.partition = TokenPartition(pictures * tokens + 14, images).with_answer(length);
  const std::vector<std::string> words{"<s>", "USER", ":", "\n", " What", " is", " on", " it", "?"};
  for (Index p = 0; p < trace.partition.size(); ++p) {
    const Index a = p - trace.partition.prompt_length();
    trace.pieces.push_back(text(a >= 0 ? answer[static_cast<std::size_t>(a)]
                                       : words[static_cast<std::size_t>(p) % words.size()]));
  }
  trace.probabilities = {0.98F, 0.91F, 0.55F, 0.80F, 0.43F, 0.99F};
  for (int l = 0; l < layer_count; ++l) {
    trace.attention.push_back(attention(trace.partition, l));
  }
  trace.heat = heats(length, static_cast<std::size_t>(pictures));
  const auto way = Preprocessing(360, 360).resized(168, 168);
  report.pictures.push_back({text("sofa.jpg"), picture(200), ImageLayout::grid(way, side, side)});
  if (pictures > 1) {
    report.pictures.push_back({text("lamp.jpg"), picture(60), ImageLayout::grid(way, side, side)});
  }
  report.rates.push_back({"", "attention", "", 3, 0.5, 0.25, 0.75, 8, text("tiny")});
  report.run = {{text("model"), text("/checkpoints/tiny")}, {text("precision"), text("float32")}};
  report.notes = {text("These numbers are made up.")};
  return report;
}

/// One picture, in which the answer names a box: columns 90 to 270, rows 60 to 300 of 360.
FlowReport flow_with_box() {
  FlowReport report = flow("", 1);
  report.trace.answer_boxes = {{90, 60, 270, 300}};
  return report;
}

/// Items whose answers change at some cuts, and the task around them.
struct Task {
  std::vector<ItemOutcome> items;
  std::vector<BenchmarkItem> questions;
};

Task task(const std::string& everywhere) {
  const auto text = [&](const std::string& usual) {
    return everywhere.empty() ? usual : everywhere;
  };
  Task made;
  const std::vector<std::string> right{"00011", "11010", "01111", "00111", "11111", "00101"};
  for (std::size_t i = 0; i < right.size(); ++i) {
    ItemOutcome item;
    item.id = text("item " + std::to_string(i));
    item.image = "picture";
    for (int cut = 0; cut < 5; ++cut) {
      const bool hit = right[i][static_cast<std::size_t>(cut)] == '1';
      item.runs.push_back(
          {{}, "drop-all", cut, text("") + (hit ? "yes" : "no"), {hit ? 1.0 : 0.0, 1}});
    }
    BenchmarkItem question;
    question.id = item.id;
    question.question = text("Is there a lamp beside the sofa?");
    question.reference = text("yes");
    made.items.push_back(item);
    made.questions.push_back(question);
  }
  return made;
}

MetricSummary accuracy() {
  return {
      "accuracy", Direction::higher_is_better, true, {"right", "n"}, [](std::span<const double> s) {
        return std::vector<NamedValue>{NamedValue::ratio("accuracy", s[0], s[1])};
      }};
}

/// Two tasks on one model, as `flow` is one prompt.
std::string sweep_page(const std::string& everywhere = "") {
  const auto text = [&](const std::string& usual) {
    return everywhere.empty() ? usual : everywhere;
  };
  const Task made = task(everywhere);
  SweepReport report;
  report.model = text("tiny, made up");
  for (const std::string name : {"POPE, adversarial", "TextVQA"}) {
    SweepView sweep = io_test::small_sweep();
    sweep.model = report.model;
    sweep.task = text(name);
    sweep.cliff.sentence = text(sweep.cliff.sentence);
    report.tasks.push_back(
        {sweep, accuracy(), io_test::two_instruments(), made.items, made.questions});
  }
  report.table1 = {
      Table1Row{text("tiny"), text("POPE"), text("accuracy"), 4, 1, 1, 0.01, {}, 2, {}, {}}};
  report.picture = [](const std::string&) { return picture(200); };
  report.run = {{text("model"), text("/checkpoints/tiny")}};
  report.notes = {text("These numbers are made up.")};
  return sweep_report_html(report);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_pages FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const std::string& page) {
    std::ofstream(folder / name, std::ios::binary) << page;
  };
  write("flow.html", html_report(flow()));
  write("flow_box.html", html_report(flow_with_box()));
  write("flow_hostile.html", html_report(flow(hostile)));
  write("sweep.html", sweep_page());
  write("sweep_hostile.html", sweep_page(hostile));
  return 0;
}
