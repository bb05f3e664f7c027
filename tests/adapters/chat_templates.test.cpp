// SPDX-License-Identifier: MIT
// A checkpoint's own chat template: which of its files is asked through, and what it writes.
#include <adapters/chat/own_template.hpp>

#include "adapter_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

Json templates() {
  return golden("../chat_templates/templates.json");
}

/// As most families mark pictures for templates that know only text.
std::string lines_of_marks(std::size_t count) {
  std::string marks;
  for (std::size_t i = 0; i < count; ++i) marks += "<image>\n";
  return marks;
}

std::optional<ChatTemplate> known(std::string_view text) {
  return known_chat_template(chat_template_digest(text));
}

/// The prompts of a template's row that come out otherwise.
int differing(const Json& row, const ChatTemplate& chat) {
  int count = 0;
  for (const Json& made : row["prompts"]) {
    const auto images = made["images"].get<std::size_t>();
    const std::string ours =
        chat(made["question"].get<std::string>(), images, lines_of_marks(images));
    count += made["prompt"] == ours ? 0 : 1;
  }
  return count;
}

void write(const TemporaryFolder& folder, const Json& files) {
  for (const auto& [name, text] : files.items()) {
    std::filesystem::create_directories((folder.path() / name).parent_path());
    folder.write(name, text.get<std::string>());
  }
}

}  // namespace

TEST_CASE("known chat templates write what transformers' apply_chat_template writes",
          "[adapters][chat][golden]") {
  const Json rows = templates();
  REQUIRE(rows.size() == 12);
  for (const Json& row : rows) {
    const auto text = row["text"].get<std::string>();
    INFO(text);
    CHECK(row["sha256"] == chat_template_digest(text));
    const auto chat = known(text);
    REQUIRE(chat);
    CHECK(differing(row, *chat) == 0);
  }
}

TEST_CASE("the prompts tell every part of a template apart", "[adapters][chat][law]") {
  for (const Json& row : templates()) {
    const ChatTemplate chat = *known(row["text"].get<std::string>());
    ChatTemplate broken = chat;
    broken.before = "user: ";
    CHECK(differing(row, broken) > 0);
    broken = chat;
    broken.after.remove_suffix(1);
    CHECK(differing(row, broken) > 0);
    int marked_otherwise = 0;
    for (const Json& made : row["prompts"]) {
      const std::string ours = chat("", made["images"].get<std::size_t>(), "<picture>");
      marked_otherwise += made["prompt"] == ours ? 0 : 1;
    }
    CHECK(marked_otherwise > 0);
  }
}

TEST_CASE("a template that is changed anywhere is another one", "[adapters][chat][law]") {
  for (const Json& row : templates()) {
    const auto text = row["text"].get<std::string>();
    for (std::size_t i = 0; i < text.size(); i += 7) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      INFO(changed);
      CHECK_FALSE(known(changed));
    }
    CHECK_FALSE(known(text + "{# #}"));
    CHECK_FALSE(known(text + "\n\n"));  // Jinja drops one line end, and would write the other.
    CHECK(known(text + "\r\n"));
  }
}

TEST_CASE("of a folder's templates the one is used through which transformers asks",
          "[adapters][chat][golden]") {
  const Json rows = golden("../chat_templates/folders.json");
  REQUIRE(rows.size() > 10);
  for (const Json& row : rows) {
    INFO(row["files"].dump());
    const TemporaryFolder folder;
    write(folder, row["files"]);
    const auto own = own_template(folder.path());
    REQUIRE(own);
    if (row.contains("error")) {
      const std::string fault = error_of([&] { (void)own->chat(); });
      CHECK_THAT(fault, ContainsSubstring(row["error"].get<std::string>()) &&
                            ContainsSubstring("tool_use") && ContainsSubstring("--prompt"));
    } else {
      CHECK(row["prompt"] == own->chat()("Is it?", 1, ""));
    }
  }
}

TEST_CASE("a folder without a chat template has none", "[adapters][chat]") {
  const TemporaryFolder folder;
  CHECK_FALSE(own_template(folder.path()));
  folder.write("tokenizer_config.json", Json{{"bos_token", "<s>"}, {"chat_template", nullptr}});
  folder.write("processor_config.json", Json::object());
  CHECK_FALSE(own_template(folder.path()));
}

TEST_CASE("a template that is not known is refused when it is used, by its file and digest",
          "[adapters][chat]") {
  const auto refusal = [](const std::string& name, const std::string& content) {
    const TemporaryFolder folder;
    folder.write(name, content);
    const auto own = own_template(folder.path());
    REQUIRE(own);
    return error_of([&] { (void)own->chat(); });
  };
  const std::string fault = refusal("chat_template.jinja", "{{ messages[0]['content'] }}");
  CHECK_THAT(fault, ContainsSubstring("none of those that are known") &&
                        ContainsSubstring("chat_template.jinja") &&
                        ContainsSubstring(
                            "SHA-256 " +
                            chat_template_digest("{{ messages[0]['content'] }}").substr(0, 12)) &&
                        ContainsSubstring("give --prompt the whole text"));
  CHECK_THAT(refusal("chat_template.json", R"({"chat_template": ""})"),
             ContainsSubstring("none of those"));
  for (const char* value : {"7", "[]", "{}", R"([{"name": "default"}])"}) {
    INFO(value);
    CHECK_THAT(refusal("tokenizer_config.json", R"({"chat_template": )" + std::string(value) + "}"),
               ContainsSubstring("none is called default"));
  }
}
