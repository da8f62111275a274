// BROOD_STORY and BROOD_STORY_ONLY: the whole story of a run, in a file, narrowed to some processes.
#include "child.hpp"
#include "spec.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

class story_path {
 public:
  story_path() : path_(std::filesystem::temp_directory_path() / ("brood-story-" + std::to_string(getpid()))) {}
  ~story_path() { std::filesystem::remove(path_); }
  story_path(const story_path&) = delete;
  story_path& operator=(const story_path&) = delete;

  std::string name() const { return path_.string(); }
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

// More lines than standard error gets; then it fails, or not.
process long_run(bool fails) {
  auto [worker, watch] = spawn(spawn_options{.monitor = true, .name = "worker"}, []() -> process {
    set_label("the worker");
    while (co_await receive<int>() >= 0) {}
  });
  const pid other = spawn([]() -> process { co_await receive<std::string>(); });
  for (int i = 0; i < 200; ++i) {
    send(worker, i);
    co_await sleep(1ms);
  }
  send(other, std::string("you are done"));
  send(worker, -1);
  co_await receive<down>(watch);
  if (fails)
    throw std::runtime_error("at the end");
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

}  // namespace

TEST_CASE("BROOD_STORY names a file that gets all of a failure's story") {
  const char* me = "BROOD_STORY names a file that gets all of a failure's story";
  if (spec::in_child()) {
    for_each_seed(2, [](auto seed) { simulate(seed, long_run, true); });
    return;
  }
  const spec::child_result without = spec::run_child(me);
  CHECK(spec::contains(without.output, "lines before; set BROOD_STORY to a path"));
  CHECK_FALSE(spec::contains(without.output, "int 0"));

  const story_path path;
  const spec::child_result with = spec::run_child(me, {{"BROOD_STORY", path.name()}});
  CHECK(with.exit_status != 0);
  CHECK(spec::contains(with.output, "the whole story is in " + path.name()));
  const std::string story = path.text();
  CHECK(spec::starts_with(story, "brood: failed under seed 1 (strategy random); replay: BROOD_SEED=1 "));
  CHECK(count_of(story, "at the end") >= 1);
  CHECK(count_of(story, "takes int ") == 201);
  CHECK(count_of(story, "is spawned by") == 3);
  CHECK_FALSE(spec::contains(story, "lines before"));
  // What standard error shows is its end.
  const auto shown = with.output.find('\n', with.output.find("lines before"));
  REQUIRE(shown != std::string::npos);
  const auto end = with.output.find("brood: the whole story");
  CHECK(spec::contains(story, with.output.substr(shown + 1, end - shown - 1)));

  spec::run_child(me, {{"BROOD_STORY", path.name()}});
  CHECK(path.text() == story);  // overwritten, not continued
}

TEST_CASE("BROOD_STORY with BROOD_SEED tells a run that succeeds as well") {
  const char* me = "BROOD_STORY with BROOD_SEED tells a run that succeeds as well";
  if (spec::in_child()) {
    for_each_seed(10, [](auto seed) {
      simulate(seed, long_run, false);
      simulate(seed, long_run, false);
    });
    return;
  }
  const story_path path;
  CHECK(spec::run_child(me, {{"BROOD_STORY", path.name()}}).exit_status == 0);
  CHECK(path.text().empty());
  CHECK(spec::run_child(me, {{"BROOD_STORY", path.name()}, {"BROOD_SEED", "7"}}).exit_status == 0);
  const std::string story = path.text();
  CHECK(count_of(story, "brood: seed 7, strategy random, as it runs:") == 2);
  CHECK(count_of(story, "takes int ") == 2 * 201);
  CHECK(count_of(story, "brood: ended after ") == 2);
  CHECK(count_of(story, "short turns") == 2);
}

TEST_CASE("BROOD_STORY with BROOD_SEED has told how it came to a crash") {
  const char* me = "BROOD_STORY with BROOD_SEED has told how it came to a crash";
  if (spec::in_child()) {
    simulate([]() -> process {
      spawn([]() -> process {
        co_await sleep(1s);
        _exit(7);
      });
      co_await sleep(2s);
    });
    return;
  }
  const story_path path;
  CHECK(spec::run_child(me, {{"BROOD_STORY", path.name()}, {"BROOD_SEED", "1"}}).exit_status == 7);
  CHECK(spec::contains(path.text(), "1 s  #PID<0.2.1> has waited long enough"));
}

TEST_CASE("BROOD_STORY_ONLY narrows the story to processes by pid or name or label or place of their spawn") {
  const char* me = "BROOD_STORY_ONLY narrows the story to processes by pid or name or label or place of their spawn";
  if (spec::in_child()) {
    simulate(3, long_run, true);
    return;
  }
  const story_path path;
  const auto narrowed_to = [&](const std::string& only) {
    const auto r = spec::run_child(me, {{"BROOD_STORY", path.name()}, {"BROOD_STORY_ONLY", only}});
    CHECK(r.exit_status != 0);
    return path.text();
  };
  const auto all = narrowed_to("");
  CHECK(spec::contains(all, "you are done"));
  CHECK(spec::contains(all, "#PID<0.1.1> waits"));
  for (const std::string only : {"worker", " nobody,worker ", "#PID<0.2.1>", "0.2.1"}) {
    const std::string story = narrowed_to(only);
    INFO(only);
    CHECK(count_of(story, "takes int ") == 201);
    CHECK(spec::contains(story, "#PID<0.2.1> is dead: :normal"));  // which has no name any more
    CHECK_FALSE(spec::contains(story, "you are done"));
    CHECK_FALSE(spec::contains(story, "#PID<0.1.1> waits"));
  }
  CHECK(count_of(narrowed_to("the worker"), "takes int ") == 201);
  const auto at = all.find("#PID<0.3.1> is spawned by #PID<0.1.1>, ");
  REQUIRE(at != std::string::npos);
  const auto slash = all.rfind('/', all.find('\n', at));
  const std::string where = all.substr(slash + 1, all.find('\n', at) - slash - 1);
  CHECK(spec::starts_with(where, "simulate_story_test.cpp:"));
  const std::string by_place = narrowed_to(where);
  CHECK(spec::contains(by_place, "you are done"));
  CHECK_FALSE(spec::contains(by_place, "takes int"));
  CHECK_FALSE(spec::contains(narrowed_to(where.substr(1)), "you are done"));
}

TEST_CASE("a BROOD_STORY that can not be written is said and hides no failure") {
  const char* me = "a BROOD_STORY that can not be written is said and hides no failure";
  if (spec::in_child()) {
    for_each_seed(2, [](auto seed) { simulate(seed, long_run, true); });
    return;
  }
  const auto r = spec::run_child(me, {{"BROOD_STORY", "/nowhere/at/all"}});
  CHECK(r.exit_status != 0);
  CHECK(spec::contains(r.output, "at the end"));
  CHECK(spec::contains(r.output, "BROOD_SEED=1"));
  CHECK(spec::contains(r.output, "BROOD_STORY=/nowhere/at/all"));
}
