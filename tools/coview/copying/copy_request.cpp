// SPDX-License-Identifier: Apache-2.0
#include "copying/copy_request.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "command.hpp"
#include "copying/hashes.hpp"
#include "os/environment.hpp"
#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

[[noreturn]] void contradiction(std::string const& text, std::string const& remedy = {}) {
  throw failure(exit_usage, text, remedy.empty() ? "'coview copy --help' shows what there is" : remedy);
}

/// The value that goes with a word or, as in cp, with the beginning of only one; else a usage error that says which
/// there are.
template <class Value, std::size_t Count>
Value chosen(std::string const& option, std::string const& word,
             std::array<std::pair<std::string_view, Value>, Count> const& choices) {
  std::string known;
  Value const* begins = nullptr;
  bool several = false;
  for (auto const& [name, value] : choices) {
    if (word == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
    if (word.empty() || !name.starts_with(word)) continue;
    several = several || (begins != nullptr && *begins != value);
    begins = &value;
  }
  if (begins != nullptr && !several) return *begins;
  contradiction(fmt::format("{} cannot be '{}'", option, escape(word)), "it can be " + known);
}

/// What `--preserve` and `--no-preserve` name, one by one.
void preserve(std::string const& option, std::string const& list, bool wanted, tree_options& tree) {
  auto& rules = tree.file.preserve;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    bool const all = word == "all";
    bool const standard = word == "standard";  // the option without a list
    bool known = all || standard;
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
    set("xattr", rules.security);
    set("context", rules.security);
    set("acl", rules.acl);
    set("links", tree.hard_links);
    if (!known) {
      contradiction(fmt::format("{} knows no '{}'", option, escape(word)),
                    "it knows mode, ownership, timestamps, links, xattr, acl, context and all");
    }
  }
}

/// What directories get that are there already: only what is asked for by name, or by -a and -p.
void set_existing_directories(copy_arguments const& given, tree_options& tree) {
  constexpr preserved nothing = {.mode = false, .owner = false, .times = false, .attributes = false, .acl = false};
  tree_options asked;
  asked.file.preserve = nothing;
  preserve("--preserve", given.preserve, true, asked);
  if (given.archive) asked.file.preserve = {.owner = true, .security = true};
  if (given.keep_owner) preserve("--preserve", "standard,acl", true, asked);
  preserve("--no-preserve", given.no_preserve, false, asked);
  tree.existing_directories = asked.file.preserve;
  bool const exact = asked.file.preserve.mode;
  tree.file.preserve.inherit = !exact;
  tree.existing_directories.inherit = !exact;
}

void set_filters(copy_arguments const& given, std::vector<tree_filter>& filters) {
  using kind = tree_filter::kind;
  std::size_t excludes = 0;
  std::size_t includes = 0;
  std::size_t exclude_files = 0;
  std::size_t include_files = 0;
  // As in rsync, a pattern may say itself what it does, and "!" forgets those before it.
  auto const add = [&](kind rule, std::string pattern) {
    if (pattern == "!") return filters.clear();
    if (pattern.starts_with("+ ") || pattern.starts_with("- ")) {
      rule = pattern.front() == '+' ? kind::include : kind::exclude;
      pattern.erase(0, 2);
    }
    if (pattern.empty()) contradiction("a pattern cannot be empty", "'coview copy --help' shows some");
    filters.push_back({rule, std::move(pattern)});
  };
  auto const add_from = [&](kind rule, std::string const& name) {
    std::ifstream list(name == "-" ? "/dev/stdin" : name);
    if (!list)
      throw failure(exit_not_found, fmt::format("cannot read '{}'", escape(name)), "look at how it is spelt");
    for (std::string line; std::getline(list, line);) {
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty() && line.front() != '#' && line.front() != ';') add(rule, line);
    }
    if (list.bad()) throw failure(exit_failed, fmt::format("cannot read '{}'", escape(name)));
  };
  for (auto const& option : given.filter_order) {
    if (option == "--exclude") add(kind::exclude, given.excludes.at(excludes++));
    if (option == "--include") add(kind::include, given.includes.at(includes++));
    if (option == "--exclude-from") add_from(kind::exclude, given.exclude_files.at(exclude_files++));
    if (option == "--include-from") add_from(kind::include, given.include_files.at(include_files++));
  }
}

void set_backup(copy_arguments const& given, copy_request& request) {
  auto& rules = request.tree.file.backup;
  char const* const variable = os::environment("SIMPLE_BACKUP_SUFFIX");
  bool const usable = variable != nullptr && std::string_view(variable).find('/') == std::string_view::npos;
  rules.suffix = !given.suffix.empty() ? given.suffix : usable ? variable : "~";
  if (rules.suffix.find('/') != std::string::npos) contradiction("a backup's suffix cannot have a slash in it");
  if (!given.simple_backup && given.backup.empty() && given.suffix.empty()) return;
  char const* const control = os::environment("VERSION_CONTROL");
  bool const said = !given.backup.empty() && given.backup != "default";
  auto const word = said ? given.backup : control != nullptr ? std::string(control) : "existing";
  constexpr std::array<std::pair<std::string_view, backup_kind>, 8> kinds = {{{"none", backup_kind::none},
                                                                              {"off", backup_kind::none},
                                                                              {"simple", backup_kind::simple},
                                                                              {"never", backup_kind::simple},
                                                                              {"numbered", backup_kind::numbered},
                                                                              {"t", backup_kind::numbered},
                                                                              {"existing", backup_kind::existing},
                                                                              {"nil", backup_kind::existing}}};
  rules.kind = chosen(said ? "--backup" : "the variable VERSION_CONTROL", word, kinds);
  if (rules.kind == backup_kind::none) return;
  if (given.in_place) contradiction("--inplace contradicts --backup");
  if (given.no_clobber) contradiction("--no-clobber contradicts --backup");
}

void set_existing(copy_arguments const& given, copy_request& request) {
  if (given.no_clobber && given.ask) contradiction("--no-clobber contradicts --interactive");
  auto& existing = request.tree.file.existing;
  constexpr std::array<std::pair<std::string_view, existing_target>, 4> updates = {
      {{"all", existing_target::replace},
       {"none", existing_target::keep},
       {"none-fail", existing_target::refuse},
       {"older", existing_target::update}}};
  if (!given.update.empty()) existing = chosen("--update", given.update, updates);
  if (given.no_clobber) existing = existing_target::keep;  // as in cp, whatever -u says
  request.ask = given.ask;                                 // as in cp, whatever -f says
}

void set_links(copy_arguments const& given, copy_request& request) {
  auto& follow = request.tree.follow;
  // As in cp: without -r a link is what it leads to, with -r it is a link.
  follow = request.tree.recursive ? follow_links::never : follow_links::always;
  if (given.never_follow || given.links_as_links || given.archive) follow = follow_links::never;
  if (given.follow_named) follow = follow_links::named;
  if (given.follow_all) follow = follow_links::always;
  if (given.follow_all && given.never_follow) contradiction("-L contradicts -P");
}

void set_verification(copy_arguments const& given, copy_request& request) {
  constexpr std::array<std::pair<std::string_view, verify>, 3> choices = {
      {{"none", verify::none}, {"inline", verify::inline_hash}, {"read-back", verify::read_back}}};
  if (!given.verify.empty()) request.tree.file.verify = chosen("--verify", given.verify, choices);
  if (given.hash.empty()) return;
  if (given.verify == "none") contradiction("--hash contradicts --verify=none");
  if (given.verify.empty()) request.tree.file.verify = verify::inline_hash;
  request.hash = given.hash;
  request.tree.file.hash = hash_named(given.hash);
}

void set_method(copy_arguments const& given, copy_request& request) {
  constexpr std::array<std::pair<std::string_view, copy_method>, 6> methods = {{{"automatic", copy_method::automatic},
                                                                                {"reflink", copy_method::reflink},
                                                                                {"in-kernel", copy_method::in_kernel},
                                                                                {"mapped", copy_method::mapped},
                                                                                {"buffered", copy_method::buffered},
                                                                                {"direct", copy_method::direct}}};
  auto& file = request.tree.file;
  file.method = chosen("--method", given.method, methods);
  constexpr std::array<std::pair<std::string_view, holes>, 3> sparse = {
      {{"auto", holes::keep}, {"always", holes::make}, {"never", holes::fill}}};
  file.holes = chosen("--sparse", given.sparse, sparse);
  if (given.reflink.empty()) return;
  constexpr std::array<std::pair<std::string_view, int>, 3> reflink = {{{"auto", 0}, {"always", 1}, {"never", -1}}};
  int const wanted = chosen("--reflink", given.reflink, reflink);
  file.may_reflink = wanted >= 0;
  if (wanted == 0) return;
  bool const other = file.method != copy_method::automatic && (file.method == copy_method::reflink) != (wanted > 0);
  if (other) contradiction(fmt::format("--reflink={} contradicts --method={}", given.reflink, given.method));
  if (wanted > 0) file.method = copy_method::reflink;
}

/// A dash is standard input.
std::filesystem::path source_from(std::string path, copy_arguments const& given) {
  if (path == "-") return "/dev/stdin";
  while (given.strip_slashes && path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

/// What the shell writes for <(command), and standard input by its other names: whoever names it wants what it gives.
bool is_descriptor(std::string_view path) {
  if (path == "/dev/stdin") return true;
  for (std::string_view const directory : {"/dev/fd/", "/proc/self/fd/"}) {
    if (path.starts_with(directory) && path.size() > directory.size())
      return path.find_first_not_of("0123456789", directory.size()) == std::string_view::npos;
  }
  return false;
}

void set_paths(copy_arguments const& given, copy_request& request) {
  for (auto const& each : given.paths) request.sources.push_back(source_from(each, given));
  bool const from_input =
      std::count(given.paths.begin(), given.paths.end() - (given.into.empty() && !given.paths.empty()), "-") > 0;
  if (from_input) {
    if (!given.into.empty() || given.paths.size() > 2)
      contradiction("standard input needs a name of its own", "coview copy - FILE");
    request.tree.file.read_special = true;
    request.tree.follow = follow_links::named;
    request.tree.target = tree_target::exact;
  }
  if (given.into.empty() && given.paths.size() >= 2 && given.paths.back() == "-") {
    if (given.paths.size() > 2) contradiction("standard output takes one source", "coview copy FILE -");
    request.sources.back() = "/dev/stdout";
    request.tree.target = tree_target::exact;
    request.tree.file.durable = false;
    request.to_output = true;
  }
  std::size_t const sources = given.paths.size() - (given.into.empty() && !given.paths.empty() ? 1 : 0);
  if (sources == 1 && is_descriptor(given.paths.front())) {
    request.tree.file.read_special = true;
    request.tree.follow = follow_links::named;
  }
  if (!given.into.empty()) {
    if (given.no_target_directory) contradiction("--target-directory contradicts --no-target-directory");
    request.target = given.into;
    request.tree.target = tree_target::directory;
    if (request.sources.empty()) contradiction("there is nothing to copy", "name at least one source");
    return;
  }
  if (request.sources.size() < 2) {
    contradiction(request.sources.empty()
                      ? "say what to copy, and to where"
                      : fmt::format("where shall '{}' be copied to?", escape(given.paths.front())),
                  "coview copy SOURCE... TARGET");
  }
  request.target = request.to_output ? request.sources.back() : std::filesystem::path(given.paths.back());
  request.sources.pop_back();
  if (given.parents && given.no_target_directory) contradiction("--parents contradicts --no-target-directory");
  if (!given.no_target_directory) return;
  if (request.sources.size() > 1) contradiction("with --no-target-directory there is one source and one target");
  request.tree.target = tree_target::exact;
}

}  // namespace

void add_copy_options(argument_list& takes, copy_arguments& given) {
  takes.option("PATH", given.paths, "Sources, and last the target: a file, or a directory to put them in")
      .type_name("");
  takes.flag("-r,-R,--recursive", given.recursive, "Copy directories with all that is in them");
  takes.flag("-a,--archive", given.archive, "-r, links as links, special files, and every attribute");
  takes.flag("-p", given.keep_owner, "Keep owner and group too");
  takes.flag("-n,--no-clobber", given.no_clobber, "Leave targets that are there");
  takes
      .flag("-u{older},--update{older}", given.update,
            "Replace targets: older (only by newer sources), none, none-fail, all")
      .type_name("WHICH");
  takes.flag("-f,--force", given.force, "Replace targets that cannot be written: always so");
  takes.flag("-i,--interactive", given.ask, "Ask before a target is replaced");
  takes.flag("-v,--verbose", given.verbose, "Print each entry that is copied");
  takes.flag("-q,--quiet", given.quiet, "Print no line at the end");
  takes.option("-t,--target-directory", given.into, "Put all sources into this directory").type_name("FILE");
  takes.flag("-T,--no-target-directory", given.no_target_directory, "The target is the copy's name in any case");
  takes.flag("-P,--no-dereference", given.never_follow, "Copy symbolic links as links (usual with -r)");
  takes.flag("-L,--dereference", given.follow_all, "Copy what symbolic links lead to (usual without -r)");
  takes.flag("-H", given.follow_named, "Copy what links among the sources lead to, others as links");
  takes.flag("-d", given.links_as_links, "-P, and files of several names stay one file");
  takes.flag("-x,--one-file-system", given.one_file_system, "Do not enter what is mounted in a tree");
  takes.option("--sparse", given.sparse, "Holes: auto (as in the source), always (zeros become holes), never")
      .type_name("WHEN");
  takes.flag("--reflink{always}", given.reflink, "Share blocks: auto (where possible), always, never")
      .type_name("WHEN");
  takes
      .flag("--preserve{standard}", given.preserve,
            "Keep also: mode, ownership, timestamps, links, xattr, acl, context, all")
      .type_name("LIST");
  takes.option("--no-preserve", given.no_preserve, "Do not keep: as --preserve, of which all but ownership is usual")
      .type_name("LIST");
  takes.flag("--remove-destination", given.remove_destination,
             "Replace targets instead of writing into them: always so");
  takes.flag("--inplace", given.in_place, "Write into targets that are there: inode, owner, links and mode stay");
  takes.flag("-b", given.simple_backup, "Keep a backup of what is replaced, as --backup");
  takes.flag("--backup{default}", given.backup, "Which one: simple (NAME~), numbered (NAME.~1~), existing, none")
      .type_name("CONTROL");
  takes.option("-S,--suffix", given.suffix, "End of a simple backup's name (default ~)").type_name("SUFFIX");
  takes.option("--exclude", given.excludes, "Leave out what matches, as rsync has it: '*.o', '/src/tmp', 'build/'")
      .type_name("PATTERN")
      .one_each();
  takes.option("--include", given.includes, "Do not leave it out, whatever an --exclude after this says")
      .type_name("PATTERN")
      .one_each();
  takes.option("--exclude-from", given.exclude_files, "Patterns from a file, one a line; '+ ' in front: include")
      .type_name("FILE")
      .one_each();
  takes.option("--include-from", given.include_files, "The same, where a line without a sign means: include")
      .type_name("FILE")
      .one_each();
  takes.flag("--parents", given.parents, "Copy each source under its whole path, below the target directory");
  takes.flag("-l,--link", given.hard_links, "Link files instead of copying them");
  takes.flag("-s,--symbolic-link", given.symbolic_links, "Make symbolic links to files instead of copying them");
  takes.flag("--strip-trailing-slashes", given.strip_slashes, "Take slashes from the ends of sources");
  takes.flag("--keep-directory-symlink", given.keep_directory_links,
             "Enter links to directories in the target, where directories are to go");
  takes.option("--changing", given.changing, "A source that is written to meanwhile: fail, accept (up to its size)")
      .type_name("HOW");
  takes.flag("--special", given.special, "Make FIFOs, sockets and devices anew");
  takes.flag("--copy-contents", given.copy_contents, "Read what FIFOs and devices give");
  takes.flag("--dry-run", given.dry_run, "Change nothing; print what would be copied");
  takes.option("--method", given.method, "automatic, reflink, in-kernel, mapped, buffered or direct")
      .type_name("METHOD");
  takes.flag("--verify{read-back}", given.verify, "read-back (from the device), inline (print the hash), none")
      .type_name("HOW");
  add_hash(takes, given.hash, "Print the hash: xxh3, sha256, or blake3 where it is built in");
  takes.flag("--resume", given.resume, "Keep what is copied if this is ended, and go on from it");
  add_size(takes, "--limit-rate", given.limit_rate, "Bytes per second at most: 4096, 10M");
  takes.option("-j,--jobs", given.jobs, "Files at a time (default: what suits the machine)")
      .type_name("N")
      .between(1U, 256U);
  takes.flag("--no-durable", given.no_durable, "Do not wait until all is on the device");
  takes.option("--progress", given.progress, "Show how far it is: auto (at a terminal), always, never")
      .type_name("WHEN");
  add_json(takes, given.as_json);
}

copy_request request_from(copy_arguments const& given) {
  copy_request request;
  auto& tree = request.tree;
  tree.recursive = given.recursive || given.archive;
  tree.special = given.special || given.archive;
  tree.one_file_system = given.one_file_system;
  tree.dry_run = given.dry_run;
  tree.jobs = given.jobs;
  tree.file.durable = !given.no_durable;
  tree.file.resume = given.resume;
  tree.file.limit_rate = given.limit_rate;
  tree.file.read_special = given.copy_contents;
  tree.file.in_place = given.in_place;
  constexpr std::array<std::pair<std::string_view, changing_source>, 2> changing = {
      {{"fail", changing_source::fail}, {"accept", changing_source::accept}}};
  tree.file.changing = chosen("--changing", given.changing, changing);
  tree.parents = given.parents;
  tree.keep_directory_links = given.keep_directory_links;
  if (given.hard_links && given.symbolic_links) contradiction("--link contradicts --symbolic-link");
  if (given.hard_links) tree.files = tree_files::hard_links;
  if (given.symbolic_links) tree.files = tree_files::symbolic_links;
  set_filters(given, tree.filters);
  tree.file.preserve.owner = given.archive || given.keep_owner;
  tree.file.preserve.security = given.archive;
  preserve("--preserve", given.preserve, true, tree);
  preserve("--no-preserve", given.no_preserve, false, tree);
  set_existing_directories(given, tree);
  set_existing(given, request);
  set_backup(given, request);
  set_links(given, request);
  set_verification(given, request);
  set_method(given, request);
  constexpr std::array<std::pair<std::string_view, progress_line::when>, 3> progress = {
      {{"auto", progress_line::when::at_terminal},
       {"always", progress_line::when::always},
       {"never", progress_line::when::never}}};
  request.progress = chosen("--progress", given.progress, progress);
  request.verbose = given.verbose;
  request.quiet = given.quiet;
  request.as_json = given.as_json;
  set_paths(given, request);
  return request;
}

}  // namespace coview::tool
