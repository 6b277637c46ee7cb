// SPDX-License-Identifier: Apache-2.0
#include "copy/copy_wish.hpp"

#include <array>
#include <fmt/format.h>
#include <sstream>

#include "command.hpp"
#include "copy/hashes.hpp"
#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

[[noreturn]] void contradiction(std::string const& text, std::string const& remedy = {}) {
  throw failure(exit_usage, text, remedy.empty() ? "'coview copy --help' shows what there is" : remedy);
}

/// The value that goes with a word, or a usage error that says which words there are.
template <class Value, std::size_t Count>
Value chosen(std::string const& option, std::string const& word,
             std::array<std::pair<std::string_view, Value>, Count> const& choices) {
  std::string known;
  for (auto const& [name, value] : choices) {
    if (word == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  contradiction(fmt::format("{} cannot be '{}'", option, escape(word)), "it can be " + known);
}

/// What `--preserve` and `--no-preserve` name, one by one.
void preserve(std::string const& option, std::string const& list, bool wanted, tree_options& tree) {
  auto& rules = tree.file.preserve;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    bool const all = word == "all";
    bool const standard = word == "standard";           // the option without a list
    bool known = all || standard || word == "context";  // security labels come with xattr, as far as the process may
    auto const set = [&](std::string_view name, bool& rule) {
      bool const meant = standard && (name == "mode" || name == "ownership" || name == "timestamps");
      if (word != name && !all && !meant) return;
      rule = wanted;
      known = true;
    };
    set("mode", rules.mode);
    set("ownership", rules.owner);
    set("timestamps", rules.times);
    set("xattr", rules.attributes);
    set("acl", rules.acl);
    set("links", tree.hard_links);
    if (!known) {
      contradiction(fmt::format("{} knows no '{}'", option, escape(word)),
                    "it knows mode, ownership, timestamps, links, xattr, acl and all");
    }
  }
}

void set_existing(copy_words const& words, copy_wish& wish) {
  if (words.no_clobber && words.ask) contradiction("--no-clobber contradicts --interactive");
  auto& existing = wish.tree.file.existing;
  if (words.update) existing = existing_target::update;
  if (words.no_clobber) existing = existing_target::keep;  // as in cp, whatever -u says
  wish.ask = words.ask;                                    // as in cp, whatever -f says
}

void set_links(copy_words const& words, copy_wish& wish) {
  auto& follow = wish.tree.follow;
  // As in cp: without -r a link is what it leads to, with -r it is a link.
  follow = wish.tree.recursive ? follow_links::never : follow_links::always;
  if (words.never_follow || words.links_as_links || words.archive) follow = follow_links::never;
  if (words.follow_named) follow = follow_links::named;
  if (words.follow_all) follow = follow_links::always;
  if (words.follow_all && words.never_follow) contradiction("-L contradicts -P");
}

void set_verification(copy_words const& words, copy_wish& wish) {
  constexpr std::array<std::pair<std::string_view, verify>, 3> choices = {
      {{"none", verify::none}, {"inline", verify::inline_hash}, {"read-back", verify::read_back}}};
  if (!words.verify.empty()) wish.tree.file.verify = chosen("--verify", words.verify, choices);
  if (words.hash.empty()) return;
  if (words.verify == "none") contradiction("--hash contradicts --verify=none");
  if (words.verify.empty()) wish.tree.file.verify = verify::inline_hash;
  wish.hash = words.hash;
  wish.tree.file.hash = hash_named(words.hash);
}

void set_method(copy_words const& words, copy_wish& wish) {
  constexpr std::array<std::pair<std::string_view, copy_method>, 6> methods = {{{"automatic", copy_method::automatic},
                                                                                {"reflink", copy_method::reflink},
                                                                                {"in-kernel", copy_method::in_kernel},
                                                                                {"mapped", copy_method::mapped},
                                                                                {"buffered", copy_method::buffered},
                                                                                {"direct", copy_method::direct}}};
  auto& file = wish.tree.file;
  file.method = chosen("--method", words.method, methods);
  constexpr std::array<std::pair<std::string_view, holes>, 3> sparse = {
      {{"auto", holes::keep}, {"always", holes::make}, {"never", holes::fill}}};
  file.holes = chosen("--sparse", words.sparse, sparse);
  if (words.reflink.empty()) return;
  constexpr std::array<std::pair<std::string_view, int>, 3> reflink = {{{"auto", 0}, {"always", 1}, {"never", -1}}};
  int const wanted = chosen("--reflink", words.reflink, reflink);
  file.may_reflink = wanted >= 0;
  if (wanted == 0) return;
  bool const other = file.method != copy_method::automatic && (file.method == copy_method::reflink) != (wanted > 0);
  if (other) contradiction(fmt::format("--reflink={} contradicts --method={}", words.reflink, words.method));
  if (wanted > 0) file.method = copy_method::reflink;
}

void set_paths(copy_words const& words, copy_wish& wish) {
  wish.sources.assign(words.paths.begin(), words.paths.end());
  if (!words.into.empty()) {
    if (words.no_target_directory) contradiction("--target-directory contradicts --no-target-directory");
    wish.target = words.into;
    wish.tree.target = tree_target::directory;
    if (wish.sources.empty()) contradiction("there is nothing to copy", "name at least one source");
    return;
  }
  if (wish.sources.size() < 2) {
    contradiction(wish.sources.empty() ? "say what to copy, and to where"
                                       : fmt::format("where shall '{}' be copied to?", escape(words.paths.front())),
                  "coview copy SOURCE... TARGET");
  }
  wish.target = wish.sources.back();
  wish.sources.pop_back();
  if (!words.no_target_directory) return;
  if (wish.sources.size() > 1) contradiction("with --no-target-directory there is one source and one target");
  wish.tree.target = tree_target::exact;
}

}  // namespace

void add_copy_options(argument_list& takes, copy_words& words) {
  takes.option("PATH", words.paths, "Sources, and last the target: a file, or a directory to put them in")
      .type_name("");
  takes.flag("-r,-R,--recursive", words.recursive, "Copy directories with all that is in them");
  takes.flag("-a,--archive", words.archive, "-r, links as links, special files, and every attribute");
  takes.flag("-p", words.keep_owner, "Keep owner and group too");
  takes.flag("-n,--no-clobber", words.no_clobber, "Leave targets that are there");
  takes.flag("-u,--update", words.update, "Replace targets only by newer sources");
  takes.flag("-f,--force", words.force, "Replace targets that cannot be written: always so");
  takes.flag("-i,--interactive", words.ask, "Ask before a target is replaced");
  takes.flag("-v,--verbose", words.verbose, "Print each entry that is copied");
  takes.flag("-q,--quiet", words.quiet, "Print no line at the end");
  takes.option("-t,--target-directory", words.into, "Put all sources into this directory").type_name("FILE");
  takes.flag("-T,--no-target-directory", words.no_target_directory, "The target is the copy's name in any case");
  takes.flag("-P,--no-dereference", words.never_follow, "Copy symbolic links as links (usual with -r)");
  takes.flag("-L,--dereference", words.follow_all, "Copy what symbolic links lead to (usual without -r)");
  takes.flag("-H", words.follow_named, "Copy what links among the sources lead to, others as links");
  takes.flag("-d", words.links_as_links, "-P, and files of several names stay one file");
  takes.flag("-x,--one-file-system", words.one_file_system, "Do not enter what is mounted in a tree");
  takes.option("--sparse", words.sparse, "Holes: auto (as in the source), always (zeros become holes), never")
      .type_name("WHEN");
  takes.flag("--reflink{always}", words.reflink, "Share blocks: auto (where possible), always, never")
      .type_name("WHEN");
  takes.flag("--preserve{standard}", words.preserve, "Keep also: mode, ownership, timestamps, links, xattr, acl, all")
      .type_name("LIST");
  takes.option("--no-preserve", words.no_preserve, "Do not keep: as --preserve, of which all but ownership is usual")
      .type_name("LIST");
  takes.flag("--remove-destination", words.remove_destination,
             "Replace targets instead of writing into them: always so");
  takes.flag("--special", words.special, "Make FIFOs, sockets and devices anew");
  takes.flag("--copy-contents", words.copy_contents, "Read what FIFOs and devices give");
  takes.flag("--dry-run", words.dry_run, "Change nothing; print what would be copied");
  takes.option("--method", words.method, "automatic, reflink, in-kernel, mapped, buffered or direct")
      .type_name("METHOD");
  takes.flag("--verify{read-back}", words.verify, "read-back (from the device), inline (print the hash), none")
      .type_name("HOW");
  add_hash(takes, words.hash, "Print the hash: xxh3, sha256, or blake3 where it is built in");
  takes.flag("--resume", words.resume, "Keep what is copied if this is ended, and go on from it");
  add_size(takes, "--limit-rate", words.limit_rate, "Bytes per second at most: 4096, 10M");
  takes.option("-j,--jobs", words.jobs, "Files at a time (default: what suits the machine)")
      .type_name("N")
      .between(1U, 256U);
  takes.flag("--no-durable", words.no_durable, "Do not wait until all is on the device");
  takes.option("--progress", words.progress, "Show how far it is: auto (at a terminal), always, never")
      .type_name("WHEN");
  add_json(takes, words.as_json);
}

copy_wish make_sense_of(copy_words const& words) {
  copy_wish wish;
  auto& tree = wish.tree;
  tree.recursive = words.recursive || words.archive;
  tree.special = words.special || words.archive;
  tree.one_file_system = words.one_file_system;
  tree.dry_run = words.dry_run;
  tree.jobs = words.jobs;
  tree.file.durable = !words.no_durable;
  tree.file.resume = words.resume;
  tree.file.limit_rate = words.limit_rate;
  tree.file.read_special = words.copy_contents;
  tree.file.preserve.owner = words.archive || words.keep_owner;
  preserve("--preserve", words.preserve, true, tree);
  preserve("--no-preserve", words.no_preserve, false, tree);
  set_existing(words, wish);
  set_links(words, wish);
  set_verification(words, wish);
  set_method(words, wish);
  constexpr std::array<std::pair<std::string_view, progress_line::when>, 3> progress = {
      {{"auto", progress_line::when::at_terminal},
       {"always", progress_line::when::always},
       {"never", progress_line::when::never}}};
  wish.progress = chosen("--progress", words.progress, progress);
  wish.verbose = words.verbose;
  wish.quiet = words.quiet;
  wish.as_json = words.as_json;
  set_paths(words, wish);
  return wish;
}

}  // namespace coview::tool
