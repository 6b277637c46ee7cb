// SPDX-License-Identifier: Apache-2.0
// coview copy: files and trees. One file goes through copy_file, which can tell most of it; everything else is a
// tree.
#include <fmt/format.h>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include <coview/copy.hpp>
#include <coview/copy_tree.hpp>

#include "command.hpp"
#include "copying/copy_failures.hpp"
#include "copying/copy_line.hpp"
#include "copying/copy_request.hpp"
#include "shared/interruption.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

/// What there is to tell in the end, of one file or of many.
struct result {
  tree_report sums;
  std::string hash;
  double copy_seconds = 0;
  json entries = json::array();
};

char const* kind_name(entry_kind kind) {
  switch (kind) {
    case entry_kind::file:
      return "file";
    case entry_kind::directory:
      return "directory";
    case entry_kind::symbolic_link:
      return "symbolic link";
    case entry_kind::hard_link:
      return "hard link";
    case entry_kind::special:
      return "special";
  }
  return "unknown";
}

char const* outcome_name(entry_outcome outcome) {
  switch (outcome) {
    case entry_outcome::copied:
      return "copied";
    case entry_outcome::skipped:
      return "skipped";
    case entry_outcome::planned:
      return "planned";
  }
  return "unknown";
}

std::string count(std::uint64_t number, char const* one, char const* many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

class copying {
 public:
  copying(console& out, copy_request request)
      : out_(out), request_(std::move(request)), line_(request_.progress), made_target_(is_new(request_)) {}

  int run() {
    auto const done = is_one_file() ? one_file() : tree();
    line_.clear();
    return tell(done);
  }

 private:
  [[nodiscard]] static bool is_new(copy_request const& request);
  [[nodiscard]] bool is_one_file() const;
  result one_file();
  result tree();
  void entry(tree_entry const& each, json& entries);
  bool may_replace(fs::path const& target);
  int tell(result const& done);
  void tell_json(result const& done, failures const& failed);
  void tell_text(result const& done, failures const& failed);
  [[nodiscard]] std::string interrupted_text() const;
  [[nodiscard]] std::string amount(result const& done) const;
  [[nodiscard]] bool hashed() const { return request_.tree.file.verify != verify::none; }

  console& out_;
  copy_request request_;
  progress_line line_;
  interruption interruption_;
  bool const made_target_;  // it is there the next time, and a tree would be put into it
};

/// One plain file to copy, nothing to ask, nothing to plan.
bool copying::is_one_file() const {
  auto const& tree = request_.tree;
  if (request_.sources.size() != 1 || request_.ask || tree.dry_run || tree.parents || !tree.filters.empty())
    return false;
  if (tree.files != tree_files::copied) return false;
  std::error_code error;
  auto const& source = request_.sources.front();
  auto const named = fs::symlink_status(source, error);
  if (fs::is_symlink(named) && request_.tree.follow == follow_links::never) return false;
  auto const status = fs::status(source, error);
  return fs::is_regular_file(status) ||
         (request_.tree.file.read_special && fs::exists(status) && fs::is_other(status));
}

result copying::one_file() {
  auto const& source = request_.sources.front();
  auto target = request_.target;
  std::error_code ignored;
  bool const directory = request_.tree.target != tree_target::exact && fs::is_directory(target, ignored);
  if (request_.tree.target == tree_target::directory && !directory)
    return tree();  // which says what is wrong with it
  if (directory) target /= source.filename();
  auto how = request_.tree.file;
  how.on_progress = [this](copy_progress const& now) {
    line_.draw(now);
    return interruption::came() == 0;
  };
  result done;
  auto& sums = done.sums;
  try {
    auto report = copy_file(source, target, how);
    sums.files = report.skipped || report.cancelled ? 0 : 1;
    sums.skipped = report.skipped ? 1 : 0;
    sums.bytes = report.bytes;
    sums.seconds = report.seconds;
    sums.method = report.method;
    sums.durable = report.durable;
    sums.verified = report.verified;
    sums.cancelled = report.cancelled;
    sums.warnings = std::move(report.warnings);
    done.hash = std::move(report.hash);
    sums.resumed = report.resumed;
    done.copy_seconds = report.copy_seconds;
    if (sums.cancelled) return done;
    line_.clear();
    tree_entry each{source, target, entry_kind::file, entry_outcome::copied, sums.bytes, sums.method, done.hash};
    if (report.skipped) each.outcome = entry_outcome::skipped;
    entry(each, done.entries);
  } catch (coview::error const& e) {
    sums.failures.push_back({source, target, e.code(), e.what()});
  }
  return done;
}

result copying::tree() {
  result done;
  auto how = request_.tree;
  how.count_ahead = line_.shown();
  how.on_progress = [this](tree_progress const& now) {
    line_.draw(now);
    return interruption::came() == 0;
  };
  bool const told = request_.verbose || request_.tree.dry_run || (request_.as_json && hashed());
  if (told) how.on_entry = [this, &done](tree_entry const& each) { entry(each, done.entries); };
  if (request_.ask) how.may_replace = [this](fs::path const& target) { return may_replace(target); };
  done.sums = copy_tree(request_.sources, request_.target, how);
  return done;
}

/// One entry that is done: a line, or a member of the document.
void copying::entry(tree_entry const& each, json& entries) {
  if (request_.as_json) {
    json document = {{"source", each.source.native()},
                     {"target", each.target.native()},
                     {"kind", kind_name(each.kind)},
                     {"outcome", outcome_name(each.outcome)}};
    if (each.kind == entry_kind::file) document["bytes"] = each.bytes;
    if (!each.hash.empty()) document["hash"] = each.hash;
    entries.push_back(std::move(document));
    return;
  }
  if (!request_.verbose && !request_.tree.dry_run) return;
  std::string line = fmt::format("'{}' -> '{}'", escape(each.source.native()), escape(each.target.native()));
  if (each.outcome == entry_outcome::skipped) line += "  (stays as it is)";
  if (!each.hash.empty()) line += "  " + each.hash;
  out_.print("{}\n", line);
}

bool copying::may_replace(fs::path const& target) {
  line_.clear();
  out_.flush();
  std::cerr << fmt::format("coview: replace '{}'? ", escape(target.native())) << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer == "y" || answer == "Y" || answer == "yes";
}

bool copying::is_new(copy_request const& request) {
  std::error_code ignored;
  return request.tree.target == tree_target::automatic && !fs::exists(request.target, ignored);
}

/// What the next command would do.
std::string copying::interrupted_text() const {
  bool const resumes = request_.tree.file.resume;
  if (is_one_file()) {
    return resumes ? "interrupted; the same command goes on from here"
                   : "interrupted; what was not complete is as it was";
  }
  char const* const as_target = made_target_ ? " with -T" : "";
  if (resumes) return fmt::format("interrupted; the same command{} goes on from here", as_target);
  return fmt::format(
      "interrupted; what was not complete is as it was, and the same command{} {} --resume keeps what is "
      "complete",
      as_target, made_target_ ? "and" : "with");
}

int copying::tell(result const& done) {
  failures failed;
  for (auto const& each : done.sums.failures) failed.add(each.source, each.target, each.code, each.text);
  if (request_.as_json) {
    tell_json(done, failed);
  } else {
    tell_text(done, failed);
  }
  failed.complain(out_);
  for (auto const& each : done.sums.warnings) out_.talk(escape(each));
  if (done.sums.cancelled) {
    out_.talk(interrupted_text());
    out_.flush();
    die_of(interruption::came() != 0 ? interruption::came() : SIGINT);
  }
  if (failed.count() > 1) out_.say("{} could not be copied", count(failed.count(), "entry", "entries"));
  return failed.status();
}

void copying::tell_json(result const& done, failures const& failed) {
  auto const& sums = done.sums;
  json document = {{"schema", "coview.copy/1"},
                   {"ok", failed.none() && !sums.cancelled},
                   {"files", sums.files},
                   {"directories", sums.directories},
                   {"symbolic_links", sums.symbolic_links},
                   {"hard_links", sums.hard_links},
                   {"special", sums.specials},
                   {"skipped", sums.skipped},
                   {"bytes", sums.bytes},
                   {"seconds", sums.seconds},
                   {"rate", sums.rate()},
                   {"method", to_string(sums.method)},
                   {"durable", sums.durable},
                   {"verified", sums.verified},
                   {"cancelled", sums.cancelled}};
  if (!done.hash.empty()) document["hash"] = {{"name", request_.hash}, {"value", done.hash}};
  if (request_.tree.file.resume) {
    document["resumed"] = sums.resumed;
    document["kept_files"] = sums.kept_files;
    document["kept_bytes"] = sums.kept_bytes;
  }
  if (request_.tree.dry_run) document["dry_run"] = true;
  if (request_.verbose || request_.tree.dry_run || (hashed() && done.hash.empty()))
    document["entries"] = done.entries;
  document["failures"] = failed.as_json();
  document["warnings"] = sums.warnings;
  out_.write_json(document);
}

std::string copying::amount(result const& done) const {
  auto const& sums = done.sums;
  auto text = fmt::format("{} bytes", sums.bytes);
  if (sums.bytes >= 1024) text += fmt::format(" ({})", human_size(sums.bytes));
  if (is_one_file()) return text;
  std::string entries = count(sums.files, "file", "files");
  auto const more = [&](std::uint64_t number, char const* one, char const* many) {
    if (number > 0) entries += ", " + count(number, one, many);
  };
  more(sums.directories, "directory", "directories");
  more(sums.symbolic_links, "symbolic link", "symbolic links");
  more(sums.hard_links, "hard link", "hard links");
  more(sums.specials, "special file", "special files");
  return fmt::format("{}, {}", entries, text);
}

/// The line at the end: how much, how long, how fast, how.
void copying::tell_text(result const& done, failures const& failed) {
  auto const& sums = done.sums;
  if (sums.cancelled || request_.quiet || request_.to_output) return;
  if (request_.tree.dry_run) return;
  bool const nothing = sums.files + sums.directories + sums.symbolic_links + sums.hard_links + sums.specials == 0;
  if (nothing && sums.kept_files == 0) {
    if (failed.none()) out_.print("nothing to copy: the target stays as it is\n");
    return;
  }
  auto line = fmt::format("{} in {:.3f} s", amount(done), sums.seconds);
  if (sums.bytes > 0) line += fmt::format(", {}", human_rate(sums.rate()));
  if (sums.method != copy_method::automatic) line += fmt::format(", {}", to_string(sums.method));
  if (sums.resumed > 0) line += fmt::format(", {} of it copied before", human_size(sums.resumed));
  if (sums.durable) line += ", on the device";
  if (sums.verified && failed.none()) line += ", read back";
  if (!done.hash.empty()) line += fmt::format(", {} {}", request_.hash, done.hash);
  if (sums.kept_files > 0)
    line += fmt::format("; {} ({}) kept from an earlier copy", count(sums.kept_files, "file", "files"),
                        human_size(sums.kept_bytes));
  if (auto const others = sums.skipped - sums.kept_files; others > 0)
    line += fmt::format("; {} left as they are", others);
  out_.print("{}\n", line);
  if (request_.tree.file.method == copy_method::mapped && done.copy_seconds > 0) {
    // What the classic sample of file mappings prints: the time of the copying alone, nothing flushed.
    out_.print("copied from one mapping to the other in {:.0f} ms ({})\n", done.copy_seconds * 1000,
               human_rate(static_cast<double>(sums.bytes) / done.copy_seconds));
  }
}

action prepare_copy(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<copy_arguments>();
  add_copy_options(takes, *given);
  return [given, takes](console& out) {
    given->filter_order = takes.in_order();
    return copying(out, request_from(*given)).run();
  };
}

}  // namespace

constinit command const copy_command = {
    .name = "copy",
    .summary = "Copy files and trees: fast, verified if you like, all or nothing",
    .examples =
        "coview copy big.iso /mnt/backup/  tells bytes, time, rate and how\n"
        "coview copy --verify big.iso /mnt/backup/  read back from the device\n"
        "coview copy -a photos /mnt/backup/  a tree with every attribute\n"
        "coview copy --resume --limit-rate 20M big.iso /mnt/nfs/  goes on if it is ended\n"
        "coview copy -r --resume photos /mnt/nfs/  again, keeps the files that are complete\n"
        "coview copy -r --exclude .git --exclude '*.o' src /mnt/backup/\n"
        "coview copy -b --suffix .old new.conf /etc/app.conf\n"
        "ssh host cat log | coview copy - log  what comes in on standard input\n"
        "coview copy -r --dry-run src dst  what would be done",
    .details =
        "A target appears under its name when it is complete: a copy that fails, is interrupted or killed leaves the "
        "old one as it was. A symbolic link as target is replaced, not followed, and so is one that is a hard link; "
        "/dev/stdout and other links to open descriptors are written to, and so is, with a warning, a file that "
        "nothing can be renamed over (see --inplace). A source whose bytes change while it is copied is a "
        "failure.\n\n"
        "Modes, times, extended attributes, access control lists, holes and hard links are kept without being asked "
        "for; owner and group with -p and -a; capabilities and security labels with -a, --preserve=xattr and "
        "context. "
        "Directories that are there already keep all that is theirs unless -a, -p or --preserve asks.\n\n"
        "The first of --exclude and --include that matches decides. A pattern with a slash in front is compared with "
        "the path from the source's own name on, others with any name, or end of a path.\n\n"
        "With --resume, a tree that is copied again keeps the files that an earlier copy completed, which are known "
        "by "
        "size and time and are not read, goes on with those that it had begun with --resume, and tells how much of "
        "each there was.\n\n"
        "Done means on the device: see --no-durable. In trees, new files wait for it once, at the end. What cannot "
        "be copied is told on standard error, the rest is copied, and the status is that of the failures where they "
        "agree, else 1. Of two sources that come to one name the first stays, and the other is a failure.",
    .prepare = prepare_copy};

}  // namespace coview::tool
