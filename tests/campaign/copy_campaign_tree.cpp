// SPDX-License-Identifier: Apache-2.0
// Copiers of several sources, killed: each file in the target is the old one or the new one, whole; what patterns
// leave out is not there; what no source has is as it was; and the next copy, with or without --resume, makes the
// trees the same and leaves nothing else.
#include <sys/stat.h>

#include <array>
#include <map>

#include <coview/copy_tree.hpp>

#include "campaign/copy_campaign.hpp"
#include "copy/folder.hpp"
#include "support/tally.hpp"

namespace coview_test {
namespace {

using files = std::map<std::string, std::string>;  // by path: the bytes, or "-> " and where a link leads to

/// What is in a folder, but for directories. A name that is several times one file is listed as often.
files files_in(fs::path const& where) {
  files all;
  for (auto const& each : fs::recursive_directory_iterator(where)) {
    auto const name = fs::relative(each.path(), where).native();
    if (each.is_symlink())
      all[name] = "-> " + fs::read_symlink(each.path()).native();
    else if (each.is_regular_file())
      all[name] = contents(each.path());
  }
  return all;
}

class tree_campaign {
 public:
  explicit tree_campaign(copy_campaign_request const& wanted) : wanted_(wanted), killer_(wanted) {
    for (unsigned i = 0; i < generations_.size(); ++i) make(i);
    fs::create_directories(into_ / "one/kept.o");
    put(into_ / "bystander", bystander_);
    put(into_ / "one/kept.o/bystander", bystander_);
    killer_.measure([&] { copy(0, false); });
    judge_whole(0);
  }

  int run() {
    while (killer_.goes_on()) strike();
    std::printf(
        "%u killed in the middle, %u ended before; after a kill, %u files were old ones, %u new ones, %u not there; "
        "%u left by the dead; %u faults\n",
        killer_.killed(), killer_.ended(), old_, new_, missing_, left_, killer_.found());
    print({.kills = killer_.killed(), .checks = old_ + new_ + missing_, .findings = killer_.found()});
    return killer_.status();
  }

 private:
  /// Trees and a file; some of their names are in one generation only.
  void make(unsigned generation) {
    auto const at = sources_ / std::to_string(generation);
    auto const add = [&](std::string const& name, std::string const& bytes) {
      fs::create_directories((at / name).parent_path());
      put(at / name, bytes);
      if (!name.ends_with(".o") && name.find("/skipped/") == std::string::npos)
        generations_[generation][name] = bytes;
    };
    auto const link = [&](std::string const& name, std::string const& text) {
      fs::create_symlink(text, at / name);
      generations_[generation][name] = "-> " + text;
    };
    for (unsigned i = 0; i < 60; ++i) {
      if (generation == 0 && i % 7 == 0) continue;
      std::string const name = (i % 3 == 0   ? "one/d"
                                : i % 3 == 1 ? "one/"
                                             : "two/d/e") +
                               std::to_string(i % 5) + "/f" + std::to_string(i);
      add(name, noise(100 + 997 * i, 100 * generation + i));
      if (i % 6 == 0) add(name + ".o", "left out");
    }
    add("one/skipped/file", "left out");
    add("one/large", noise(3000000, 7 + generation));
    add("two/large", noise(1500000, 9 + generation));
    add("file", noise(400000, 11 + generation));
    link("two/link", "generation" + std::to_string(generation));
    fs::create_hard_link(at / "one/large", at / "one/large too");
    generations_[generation]["one/large too"] = generations_[generation]["one/large"];
  }

  [[nodiscard]] coview::tree_options options(bool resume) {
    coview::tree_options how;
    how.file.durable = killer_.random(8) == 0;
    how.file.may_reflink = killer_.random(2) == 0;
    how.file.resume = resume;
    if (killer_.random(4) == 0) how.file.verify = coview::verify::inline_hash;
    how.jobs = static_cast<unsigned>(1 + killer_.random(6));
    how.filters = {{coview::tree_filter::kind::exclude, "*.o"}, {coview::tree_filter::kind::exclude, "skipped/"}};
    return how;
  }

  void copy_with(unsigned generation, coview::tree_options const& how) {
    auto const at = sources_ / std::to_string(generation);
    std::vector<fs::path> const all = {at / "one", at / "two", at / "file"};
    auto const report = coview::copy_tree(all, into_.path(), how);
    for (auto const& each : report.failures) std::fprintf(stderr, "%s\n", each.text.c_str());
    if (!report.failures.empty()) std::exit(2);
  }
  void copy(unsigned generation, bool resume) { copy_with(generation, options(resume)); }

  /// As many programs do: each file under its own name from the beginning.
  void copy_naively(unsigned generation) const {
    for (auto const& [name, bytes] : generations_[generation]) {
      if (bytes.starts_with("-> ")) continue;
      fs::create_directories((into_ / name).parent_path());
      std::ofstream to(into_ / name, std::ios::binary | std::ios::trunc);
      for (std::size_t done = 0; done < bytes.size(); done += 65536)
        to.write(bytes.data() + done, static_cast<std::streamsize>(std::min<std::size_t>(65536, bytes.size() - done)))
            .flush();
    }
  }

  void strike() {
    unsigned const next = 1 - there_;
    auto const how = options(wanted_.resume);
    bool const killed = killer_.strike([&] { wanted_.naive ? copy_naively(next) : copy_with(next, how); });
    if (killed) judge_part(next);
    if (killer_.found() > 0) return;
    copy(next, wanted_.resume);
    judge_whole(next);
    there_ = next;
  }

  static bool is_temporary(std::string const& name) {
    return name.ends_with(".coview-copy") || name.ends_with(".coview-copy.journal");
  }

  void judge_bystander(files& there) {
    for (auto const* const name : {"bystander", "one/kept.o/bystander"})
      if (auto const found = there.extract(name); !found || found.mapped() != bystander_)
        killer_.fault("what no source has was touched", name);
  }

  void judge_part(unsigned next) {
    auto there = files_in(into_.path());
    judge_bystander(there);
    auto const& from = generations_[there_];
    auto const& to = generations_[next];
    for (auto const& entry : there) {
      auto const& name = entry.first;
      if (is_temporary(name)) {
        ++left_;
        continue;
      }
      auto const is = [&entry](files const& all) {
        auto const at = all.find(entry.first);
        return at != all.end() && at->second == entry.second;
      };
      if (is(from))
        ++old_;
      else if (is(to))
        ++new_;
      else
        killer_.fault("this is neither the old file nor the new one", name.c_str());
    }
    for (auto const& [name, bytes] : from)
      if (!there.contains(name) && to.contains(name)) killer_.fault("an old file is gone", name.c_str());
    for (auto const& [name, bytes] : to) missing_ += there.contains(name) ? 0 : 1;
  }

  /// The new files, and those of the old ones that it has no others for.
  void judge_whole(unsigned generation) {
    auto there = files_in(into_.path());
    judge_bystander(there);
    auto expected = generations_[1 - generation];
    for (auto const& each : generations_[generation]) expected.insert_or_assign(each.first, each.second);
    for (auto const& [name, bytes] : generations_[generation])
      if (!there.contains(name)) killer_.fault("the last copy left this out", name.c_str());
    for (auto const& [name, bytes] : there) {
      auto const at = expected.find(name);
      if (at == expected.end())
        killer_.fault(is_temporary(name) ? "this is left over" : "this should have been left out", name.c_str());
      else if (at->second != bytes)
        killer_.fault("the last copy has other bytes", name.c_str());
    }
    struct ::stat const one = status_of(into_ / "one/large");
    if (one.st_ino != status_of(into_ / "one/large too").st_ino) killer_.fault("two names are not one file any more");
  }

  copy_campaign_request wanted_;
  copy_killer killer_;
  folder sources_;
  folder into_;
  std::string bystander_ = "nobody's source";
  std::array<files, 2> generations_;
  unsigned there_ = 0;
  unsigned old_ = 0;
  unsigned new_ = 0;
  unsigned missing_ = 0;
  unsigned left_ = 0;
};

}  // namespace

int kill_copiers_of_trees(copy_campaign_request const& wanted) {
  return tree_campaign(wanted).run();
}

}  // namespace coview_test
