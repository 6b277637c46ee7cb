// SPDX-License-Identifier: Apache-2.0
// coview copy, sum and cmp: what people type, what they read, and the status that scripts see.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>

#include "copy/folder.hpp"
#include "os/fd.hpp"
#include "program.hpp"

namespace coview_test {
namespace {

constexpr std::size_t mebi = std::size_t{1} << 20U;

class CopyCommand : public testing::Test {
 protected:
  /// Runs in the folder, so that names are short.
  outcome copy(argument_texts arguments, start how = {}) {
    arguments.insert(arguments.begin(), {"copy", "--no-durable"});
    return here(std::move(arguments), std::move(how));
  }
  outcome here(argument_texts arguments, start how = {}) {
    how.wrapper = {"/bin/sh", "-c", "cd '" + folder_.path().string() + "' && exec \"$@\"", "sh"};
    return coview(arguments, how);
  }
  void file(std::string const& name, std::string const& bytes) { put(folder_ / name, bytes); }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }

  folder folder_;
};

TEST_F(CopyCommand, OneFileTellsBytesTimeRateAndMethod) {
  file("a", noise(3 * mebi));
  auto const result = copy({"a", "b"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(contents(folder_ / "b"), noise(3 * mebi));
  EXPECT_TRUE(result.out.starts_with("3145728 bytes (3 MiB) in ")) << result.out;
  EXPECT_TRUE(contains(result.out, "iB/s, ")) << result.out;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(copy({"-q", "a", "b"}).out, "");
}

TEST_F(CopyCommand, DurableUnlessToldOtherwise) {
  file("a", "text");
  EXPECT_TRUE(contains(here({"copy", "a", "b"}).out, "on the device"));
  EXPECT_FALSE(contains(copy({"a", "b"}).out, "on the device"));
}

TEST_F(CopyCommand, JsonTellsAllOfIt) {
  file("a", noise(mebi));
  auto const result = here({"copy", "--json", "--verify", "--hash", "xxh3", "a", "b"});
  EXPECT_EQ(result.status, 0) << result.err;
  auto const document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["schema"], "coview.copy/1");
  EXPECT_EQ(document["ok"], true);
  EXPECT_EQ(document["files"], 1);
  EXPECT_EQ(document["bytes"], mebi);
  EXPECT_EQ(document["durable"], true);
  EXPECT_EQ(document["verified"], true);
  EXPECT_EQ(document["hash"]["name"], "xxh3");
  auto const sum = here({"sum", "--json", "b"});
  EXPECT_EQ(nlohmann::json::parse(sum.out)["files"][0]["hash"], document["hash"]["value"]);
}

TEST_F(CopyCommand, IntoADirectoryAndUnderAName) {
  file("a", "first");
  file("b", "second");
  fs::create_directory(folder_ / "into");
  EXPECT_EQ(copy({"a", "b", "into"}).status, 0);
  EXPECT_EQ(copy({"-t", "into", "a"}).status, 0);
  EXPECT_EQ(contents(folder_ / "into" / "a"), "first");
  EXPECT_EQ(contents(folder_ / "into" / "b"), "second");
  auto const onto = copy({"-T", "a", "into"});
  EXPECT_EQ(onto.status, 1);
  EXPECT_TRUE(contains(onto.err, "is a directory")) << onto.err;
  EXPECT_EQ(copy({"-t", "nowhere", "a"}).status, 3);
}

TEST_F(CopyCommand, ATreeWithEverythingInIt) {
  fs::create_directories(folder_ / "src" / "sub");
  file("src/a", "text");
  fs::create_hard_link(folder_ / "src" / "a", folder_ / "src" / "b");
  fs::create_symlink("a", folder_ / "src" / "link");
  auto const refused = copy({"src", "dst"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(contains(refused.err, "it is a directory; use --recursive")) << refused.err;
  auto const result = copy({"-a", "src", "dst"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("1 file, 2 directories, 1 symbolic link, 1 hard link, 4 bytes in "))
      << result.out;
  EXPECT_EQ(fs::hard_link_count(folder_ / "dst" / "b"), 2U);
  EXPECT_TRUE(fs::is_symlink(folder_ / "dst" / "link"));
  EXPECT_EQ(copy({"-rL", "src", "followed"}).status, 0);
  EXPECT_FALSE(fs::is_symlink(folder_ / "followed" / "link"));
  EXPECT_EQ(copy({"-r", "--no-preserve", "links", "src", "apart"}).status, 0);
  EXPECT_EQ(fs::hard_link_count(folder_ / "apart" / "b"), 1U);
}

TEST_F(CopyCommand, ALinkIsFollowedWithoutR) {
  file("a", "text");
  fs::create_symlink("a", folder_ / "link");
  EXPECT_EQ(copy({"link", "b"}).status, 0);
  EXPECT_FALSE(fs::is_symlink(folder_ / "b"));
  EXPECT_EQ(copy({"-P", "link", "c"}).status, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "c"));
}

TEST_F(CopyCommand, WhatIsThereIsKeptOrAskedAbout) {
  file("a", "new");
  file("b", "old");
  EXPECT_EQ(copy({"-n", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b"), "old");
  start no;
  no.input = "n\n";
  auto const context = copy({"-i", "a", "b"}, no);
  EXPECT_TRUE(contains(context.err, "replace 'b'? ")) << context.err;
  EXPECT_TRUE(contains(copy({"-i", "-f", "a", "b"}, no).err, "replace 'b'? ")) << "as in cp";
  EXPECT_EQ(copy({"-n", "-u", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b"), "old");
  start yes;
  yes.input = "y\n";
  EXPECT_EQ(copy({"-i", "a", "b"}, yes).status, 0);
  EXPECT_EQ(contents(folder_ / "b"), "new");
  EXPECT_EQ(copy({"-n", "-i", "a", "b"}).status, 2);
}

TEST_F(CopyCommand, VerboseAndDryRunNameEachEntry) {
  fs::create_directory(folder_ / "src");
  file("src/new\nline", "text");
  auto const planned = copy({"-r", "--dry-run", "src", "dst"});
  EXPECT_TRUE(contains(planned.out, "'src/new\\nline' -> 'dst/new\\nline'")) << planned.out;
  EXPECT_FALSE(fs::exists(folder_ / "dst"));
  auto const done = copy({"-rv", "src", "dst"});
  EXPECT_TRUE(contains(done.out, "'src/new\\nline' -> 'dst/new\\nline'")) << done.out;
  EXPECT_TRUE(fs::exists(folder_ / "dst"));
}

TEST_F(CopyCommand, FailuresAreListedAndTheRestIsCopied) {
  fs::create_directory(folder_ / "src");
  fs::create_directory(folder_ / "into");
  file("src/a", "text");
  mkfifo(at("src/fifo").c_str(), 0600);
  auto const result = copy({"-r", "src", "missing", "into"});
  EXPECT_EQ(result.status, 1) << "not found and a FIFO have different statuses";
  EXPECT_TRUE(contains(result.err, "'src/fifo': it is a FIFO")) << result.err;
  EXPECT_TRUE(contains(result.err, "'missing'")) << result.err;
  EXPECT_TRUE(contains(result.err, "2 entries could not be copied")) << result.err;
  EXPECT_EQ(contents(folder_ / "into" / "src" / "a"), "text");
  EXPECT_EQ(copy({"missing", "b"}).status, 3);
  auto const document = nlohmann::json::parse(copy({"--json", "-r", "src", "missing", "into"}).out);
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["failures"].size(), 2U);
}

TEST_F(CopyCommand, SayingNonsenseIsAUsageError) {
  file("a", "text");
  for (auto const& arguments : std::vector<argument_texts>{{},
                                                           {"a"},
                                                           {"--method", "magic", "a", "b"},
                                                           {"--sparse", "maybe", "a", "b"},
                                                           {"--hash", "md4", "a", "b"},
                                                           {"--preserve=moods", "a", "b"},
                                                           {"--jobs", "0", "a", "b"},
                                                           {"--reflink=always", "--method", "mapped", "a", "b"},
                                                           {"-LP", "a", "b"},
                                                           {"--verify=none", "--hash", "xxh3", "a", "b"},
                                                           {"--update=never", "a", "b"},
                                                           {"--backup=some", "a", "b"},
                                                           {"-b", "--inplace", "a", "b"},
                                                           {"--changing", "maybe", "a", "b"},
                                                           {"-l", "-s", "a", "b"},
                                                           {"--exclude", "", "a", "b"},
                                                           {"a", "a", "-"},
                                                           {"-T", "a", "a", "b"}}) {
    auto const result = copy(arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments) << result.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "b"));
}

TEST_F(CopyCommand, TheMappedMethodTellsTheFigureOfTheClassicSample) {
  file("a", noise(3 * mebi));
  auto const result = copy({"--method", "mapped", "a", "b"});
  EXPECT_TRUE(contains(result.out, ", mapped")) << result.out;
  EXPECT_TRUE(contains(result.out, "copied from one mapping to the other in ")) << result.out;
}

TEST_F(CopyCommand, PreservesWhatItIsToldTo) {
  file("a", "text");
  chmod(at("a").c_str(), 0604);
  fs::last_write_time(folder_ / "a", fs::file_time_type::clock::now() - std::chrono::hours(48));
  EXPECT_EQ(copy({"a", "kept"}).status, 0);
  EXPECT_EQ(fs::last_write_time(folder_ / "kept"), fs::last_write_time(folder_ / "a"));
  EXPECT_EQ(fs::status(folder_ / "kept").permissions(), fs::perms(0604));
  start how;
  EXPECT_EQ(copy({"--no-preserve", "timestamps,mode", "a", "left"}, how).status, 0);
  EXPECT_NE(fs::last_write_time(folder_ / "left"), fs::last_write_time(folder_ / "a"));
  EXPECT_EQ(copy({"--preserve", "a", "all"}).status, 0);
}

TEST_F(CopyCommand, ProgressIsForTerminalsAndGoesAway) {
  file("a", noise(4 * mebi));
  EXPECT_EQ(copy({"--limit-rate", "40M", "a", "b"}).err, "");
  at_terminal slow({"copy", "--no-durable", "--limit-rate", "2M", at("a"), at("c")});
  EXPECT_TRUE(contains(slow.until(" written"), " of 4 MiB written")) << slow.text();
  EXPECT_EQ(slow.wait(), 0);
  auto const erased = slow.text().rfind("\r\x1b[K");
  EXPECT_TRUE(contains(slow.text().substr(erased), "4194304 bytes")) << slow.text();
  at_terminal quiet({"copy", "--no-durable", "--progress", "never", "--limit-rate", "40M", at("a"), at("d")});
  EXPECT_EQ(quiet.wait(), 0);
  EXPECT_FALSE(contains(quiet.text(), "written")) << quiet.text();
}

TEST_F(CopyCommand, InterruptedItLeavesTheOldFile) {
  file("a", noise(4 * mebi));
  file("b", "old");
  at_terminal slow({"copy", "--limit-rate", "100K", at("a"), at("b")});
  slow.until(" written");
  slow.type("\x03");
  EXPECT_EQ(slow.wait(), 128 + SIGINT);
  EXPECT_EQ(contents(folder_ / "b"), "old");
  EXPECT_EQ(folder_.names(), (argument_texts{"a", "b"})) << "no temporary is left";
}

TEST_F(CopyCommand, ResumeGoesOnFromWhatWasInterrupted) {
  auto const bytes = noise(24 * mebi);
  file("a", bytes);
  at_terminal slow({"copy", "--resume", "--limit-rate", "16M", at("a"), at("b")});
  slow.until(" written");
  slow.type("\x03");
  EXPECT_EQ(slow.wait(), 128 + SIGINT);
  EXPECT_TRUE(contains(slow.text(), "goes on from here")) << slow.text();
  auto const result = copy({"--resume", "--json", "a", "b"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(nlohmann::json::parse(result.out).contains("resumed"));
  EXPECT_EQ(contents(folder_ / "b"), bytes);
  EXPECT_EQ(folder_.names(), (argument_texts{"a", "b"}));
}

TEST_F(CopyCommand, ATreeThatIsCopiedAgainTellsWhatItKept) {
  std::filesystem::create_directories(folder_ / "from");
  std::filesystem::create_directories(folder_ / "to");
  file("from/a", noise(mebi));
  file("from/b", noise(mebi));
  EXPECT_EQ(copy({"-r", "from", "to"}).status, 0);
  file("from/c", "new");
  auto const told = copy({"-r", "--resume", "--json", "from", "to"});
  EXPECT_EQ(told.status, 0) << told.err;
  auto const document = nlohmann::json::parse(told.out);
  EXPECT_EQ(document["kept_files"], 2);
  EXPECT_EQ(document["kept_bytes"], 2 * mebi);
  EXPECT_EQ(document["resumed"], 0);
  EXPECT_EQ(document["files"], 1);
  EXPECT_EQ(document["bytes"], 3);
  auto const again = copy({"-r", "--resume", "from", "to"});
  EXPECT_TRUE(contains(again.out, "; 3 files (2.0 MiB) kept from an earlier copy\n")) << again.out;
}

TEST_F(CopyCommand, AnInterruptedTreeTellsHowToGoOn) {
  std::filesystem::create_directories(folder_ / "from");
  file("from/a", noise(40 * mebi));
  for (auto const* const how : {"--resume", "--no-durable"}) {
    bool const resumes = std::string(how) == "--resume";
    for (auto const* const goes_on : {" with -T", ""}) {  // the first time there was no target
      at_terminal slow({"copy", "-r", how, "--reflink=never", "--limit-rate", "8M", at("from"), at("to")});
      slow.until(" written");
      slow.type("\x03");
      EXPECT_EQ(slow.wait(), 128 + SIGINT);
      auto const said = resumes    ? "the same command" + std::string(goes_on) + " goes on from here"
                        : *goes_on ? std::string("the same command with -T and --resume keeps what is complete")
                                   : std::string("the same command with --resume keeps what is complete");
      EXPECT_TRUE(contains(slow.text(), said)) << slow.text();
    }
    std::filesystem::remove_all(folder_ / "to");
  }
}

TEST_F(CopyCommand, LeavesOutWhatPatternsMatchInTheirOrder) {
  for (auto const* const each :
       {"src/a.o", "src/a.c", "src/keep.o", "src/build/x", "src/sub/build/y", "src/sub/b.o"}) {
    fs::create_directories((folder_ / each).parent_path());
    file(each, "text");
  }
  auto const result =
      copy({"-r", "--include", "keep.o", "--exclude", "*.o", "--exclude", "/src/build/", "src", "dst"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(fs::exists(folder_ / "dst/keep.o"));
  EXPECT_TRUE(fs::exists(folder_ / "dst/a.c"));
  EXPECT_TRUE(fs::exists(folder_ / "dst/sub/build/y"));
  // Patterns begin with the source's name, whatever the copy is called.
  EXPECT_FALSE(fs::exists(folder_ / "dst/build"));
  EXPECT_FALSE(fs::exists(folder_ / "dst/a.o"));
  EXPECT_FALSE(fs::exists(folder_ / "dst/sub/b.o"));
  file("patterns", "# what is made\n+ keep.o\n*.o\n\n- build/\n");
  fs::create_directory(folder_ / "into");
  EXPECT_EQ(copy({"-r", "--exclude-from", "patterns", "src", "into"}).status, 0);
  EXPECT_TRUE(fs::exists(folder_ / "into/src/keep.o"));
  EXPECT_FALSE(fs::exists(folder_ / "into/src/a.o"));
  EXPECT_FALSE(fs::exists(folder_ / "into/src/build"));
  EXPECT_FALSE(fs::exists(folder_ / "into/src/sub/build"));
  EXPECT_EQ(copy({"-r", "--exclude-from", "missing", "src", "into"}).status, 3);
}

TEST_F(CopyCommand, KeepsBackupsOfWhatItReplaces) {
  file("a", "1");
  file("b", "old");
  EXPECT_EQ(copy({"-b", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b~"), "old");
  file("a", "2");
  EXPECT_EQ(copy({"--backup=simple", "-S", ".orig", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b.orig"), "1");
  EXPECT_EQ(copy({"--backup=numbered", "a", "b"}).status, 0);
  EXPECT_EQ(copy({"--backup", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b.~2~"), "2");
  EXPECT_EQ(folder_.names(), (argument_texts{"a", "b", "b.orig", "b.~1~", "b.~2~", "b~"}));
  // A backup that would be the source's end.
  auto const refused = copy({"--backup=simple", "b~", "b"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(contains(refused.err, "is the source's")) << refused.err;
  EXPECT_EQ(contents(folder_ / "b~"), "old");
}

TEST_F(CopyCommand, ShortensTheNameOfABackupWhereThereIsNoRoomForIt) {
  std::string longest;
  for (int i = 0; i < 127; ++i) longest += "\xc3\xa4";  // 254 bytes, in characters of two
  file("a", "1");
  file(longest, "0");
  EXPECT_EQ(copy({"-b", "a", longest}).status, 0);
  EXPECT_EQ(contents(folder_ / (longest + "~")), "0") << "255 bytes are room enough";
  file("a", "2");
  EXPECT_EQ(copy({"-b", "-S", ".old", "a", longest}).status, 0);
  EXPECT_EQ(contents(folder_ / (longest.substr(0, 250) + ".old")), "1") << "whole characters";
  auto const again = copy({"-b", "-S", ".old", "a", longest});
  EXPECT_EQ(again.status, 1) << "the name could be another file's";
  EXPECT_TRUE(contains(again.err, "--backup=numbered")) << again.err;
  EXPECT_EQ(contents(folder_ / (longest.substr(0, 250) + ".old")), "1");
  for (int i = 0; i < 12; ++i) EXPECT_EQ(copy({"--backup=numbered", "a", longest}).status, 0);
  EXPECT_EQ(contents(folder_ / (longest.substr(0, 230) + ".~12~")), "2");
  auto const hopeless = copy({"--backup=simple", "-S", std::string(255, 's'), "a", longest});
  EXPECT_EQ(hopeless.status, 1);
  EXPECT_TRUE(contains(hopeless.err, "255 bytes")) << hopeless.err;
}

TEST_F(CopyCommand, NamesTheAttributeThatForbidsIt) {
  file("a", "new");
  file("b", "old");
  int flags = FS_APPEND_FL;
  coview::os::unique_fd const target(::open(at("b").c_str(), O_RDONLY | O_CLOEXEC));
  if (::ioctl(target.get(), FS_IOC_SETFLAGS, &flags) != 0)
    GTEST_SKIP() << "needs root, and a filesystem with attributes";
  auto const result = copy({"a", "b"});
  flags = 0;
  ASSERT_EQ(::ioctl(target.get(), FS_IOC_SETFLAGS, &flags), 0);
  EXPECT_NE(result.status, 0);
  EXPECT_TRUE(contains(result.err, "'lsattr' shows it")) << result.err;
  EXPECT_EQ(contents(folder_ / "b"), "old");
}

TEST_F(CopyCommand, KeepsBackupsAsCpDoes) {
  // A file copied onto itself, or onto another of its names, has nothing to lose where its backup stays.
  file("a", "bytes");
  EXPECT_EQ(copy({"-bf", "a", "a"}).status, 0);
  EXPECT_EQ(contents(folder_ / "a~"), "bytes");
  fs::create_hard_link(folder_ / "a", folder_ / "b");
  EXPECT_EQ(copy({"--backup=num", "a", "b"}).status, 0);  // as far as it is clear
  EXPECT_EQ(contents(folder_ / "b.~1~"), "bytes");
  EXPECT_FALSE(fs::equivalent(folder_ / "a", folder_ / "b"));
  EXPECT_EQ(copy({"--backup=n", "a", "b"}).status, 2) << "none, numbered, never and nil begin with it";
  // What the environment says is for copies that keep backups; and it is named where it is wrong.
  start junk;
  junk.environment = {"SIMPLE_BACKUP_SUFFIX=x/y", "VERSION_CONTROL=junk"};
  EXPECT_EQ(copy({"a", "b"}, junk).status, 0);
  auto const wrong = copy({"-b", "a", "b"}, junk);
  EXPECT_EQ(wrong.status, 2);
  EXPECT_TRUE(contains(wrong.err, "VERSION_CONTROL")) << wrong.err;
}

TEST_F(CopyCommand, CopiesASourceThatIsNamedTwiceOnce) {
  file("a", "bytes");
  fs::create_directories(folder_ / "t/d");
  fs::create_directory(folder_ / "into");
  auto const result = copy({"-r", "a", "./a", "t", "t/", "into"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(contains(result.err, "'./a' was named more than once")) << result.err;
  EXPECT_TRUE(contains(result.err, "'t/' was named more than once")) << result.err;
  EXPECT_EQ(contents(folder_ / "into/a"), "bytes");
}

TEST_F(CopyCommand, CopiesUnderTheWholePathOnRequest) {
  fs::create_directories(folder_ / "a/b/c");
  chmod(at("a/b").c_str(), 0750);
  file("a/b/c/x", "x");
  file("a/b/y", "y");
  fs::create_directory(folder_ / "dst");
  auto const result = copy({"-r", "--parents", "a/b/c", "a/b/y", "dst"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(contents(folder_ / "dst/a/b/c/x"), "x");
  EXPECT_EQ(contents(folder_ / "dst/a/b/y"), "y");
  EXPECT_EQ(fs::status(folder_ / "dst/a/b").permissions(), fs::perms(0750));
  EXPECT_EQ(copy({"--parents", "a/../a/b/y", "dst"}).status, 1);
}

TEST_F(CopyCommand, UpdatesAsAsked) {
  file("a", "new");
  file("b", "old");
  EXPECT_EQ(copy({"--update=none", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b"), "old");
  EXPECT_EQ(copy({"--update=none-fail", "a", "b"}).status, 1);
  fs::last_write_time(folder_ / "b", fs::last_write_time(folder_ / "a") + std::chrono::hours(1));
  EXPECT_EQ(copy({"-u", "a", "b"}).status, 0);
  EXPECT_EQ(copy({"--update", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b"), "old");
  EXPECT_EQ(copy({"--update=all", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "b"), "new");
}

TEST_F(CopyCommand, LinksInsteadOfCopying) {
  fs::create_directory(folder_ / "src");
  file("src/a", "text");
  EXPECT_EQ(copy({"-rl", "src", "hard"}).status, 0);
  EXPECT_TRUE(fs::equivalent(folder_ / "src/a", folder_ / "hard/a"));
  EXPECT_EQ(fs::hard_link_count(folder_ / "src/a"), 2U);
  EXPECT_EQ(copy({"-rs", "src/", "soft"}).status, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "soft/a"));
  EXPECT_EQ(contents(folder_ / "soft/a"), "text");
  // What a link leads to, where links are followed.
  fs::create_symlink("src/a", folder_ / "link");
  EXPECT_EQ(copy({"-l", "link", "file"}).status, 0);
  EXPECT_EQ(copy({"-lP", "link", "same link"}).status, 0);
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder_ / "file")));
  EXPECT_TRUE(fs::is_symlink(folder_ / "same link"));
}

TEST_F(CopyCommand, WritesIntoTheFileThatIsThereOnRequest) {
  file("a", noise(mebi));
  file("b", noise(2 * mebi, 7));
  chmod(at("b").c_str(), 0640);
  fs::create_hard_link(folder_ / "b", folder_ / "other name");
  EXPECT_EQ(copy({"--inplace", "a", "b"}).status, 0);
  EXPECT_EQ(contents(folder_ / "other name"), noise(mebi));
  EXPECT_EQ(fs::status(folder_ / "b").permissions(), fs::perms(0640));
  EXPECT_EQ(copy({"--inplace", "a", "new"}).status, 0);
  EXPECT_EQ(contents(folder_ / "new"), noise(mebi));
  EXPECT_EQ(folder_.names(), (argument_texts{"a", "b", "new", "other name"}));
}

TEST_F(CopyCommand, ADashIsStandardInputOrOutput) {
  start how;
  how.input = noise(300000);
  EXPECT_EQ(copy({"-", "a"}, how).status, 0);
  EXPECT_EQ(contents(folder_ / "a"), how.input);
  for (auto const* const input : {"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}) {
    EXPECT_EQ(copy({input, "same"}, how).status, 0) << input;
    EXPECT_EQ(contents(folder_ / "same"), how.input) << input;
  }
  for (auto const* const output : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    auto const result = copy({"-q", "a", output});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, contents(folder_ / "a")) << output;
  }
  EXPECT_TRUE(fs::is_symlink("/dev/stdout"));
  // What was written before stays, and what is written after follows.
  auto const both =
      coview({}, {.input = {},
                  .environment = {},
                  .wrapper = {"/bin/sh", "-c",
                              "cd '" + folder_.path().string() +
                                  "' && { echo before; \"$1\" copy -q a /dev/stdout; echo after; } >all",
                              "sh"}});
  EXPECT_EQ(both.status, 0) << both.err;
  EXPECT_EQ(contents(folder_ / "all"), "before\n" + contents(folder_ / "a") + "after\n");
  EXPECT_EQ(copy({"--verify", "a", "-"}).status, 1);
}

TEST_F(CopyCommand, WaitingForAFifoEndsWithASignal) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  file("a", "text");
  for (argument_texts const& arguments :
       {argument_texts{"--copy-contents", at("fifo"), at("b")}, argument_texts{at("a"), at("fifo")}}) {
    argument_texts all{"copy", "--progress=always"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    running waiting(all);
    waiting.signal(SIGTERM);
    auto const status = waiting.wait().status;
    EXPECT_EQ(status, 128 + SIGTERM);
  }
  EXPECT_EQ(folder_.names(), (argument_texts{"a", "fifo"}));
}

// ---- sum and cmp

TEST_F(CopyCommand, SumPrintsLinesThatItAndOthersCanCheck) {
  file("a", "hello\n");
  file("new\nline \\", "x");
  auto const result = here({"sum", "a", "new\nline \\"});
  EXPECT_EQ(result.status, 0) << result.err;
  // printf 'hello\n' | xxhsum -H2
  EXPECT_TRUE(contains(result.out, "6bba86c7e069f56d5a10b435f1c8e49c  a\n")) << result.out;
  EXPECT_TRUE(contains(result.out, "  new\\nline \\\\\n")) << result.out;
  file("sums", result.out);
  EXPECT_EQ(here({"sum", "--check", "sums"}).out, "a: ok\nnew\\nline \\: ok\n");
  file("a", "Hello\n");
  auto const changed = here({"sum", "--check", "sums"});
  EXPECT_EQ(changed.status, 1);
  EXPECT_TRUE(contains(changed.out, "a: different\n")) << changed.out;
  EXPECT_TRUE(contains(changed.err, "1 of 2 files differ")) << changed.err;
}

TEST_F(CopyCommand, SumKnowsHashesByTheirFormAndNamesBadLines) {
  file("a", "hello\n");
  file("sums",
       "6BBA86C7E069F56D5A10B435F1C8E49C  a\r\n"
       "no hash at all\n"
       "XXH3_128 (a) = 6bba86c7e069f56d5a10b435f1c8e49c\n");
  auto const result = here({"sum", "-c", "sums"});
  EXPECT_EQ(result.status, 6) << result.err;
  EXPECT_EQ(result.out, "a: ok\na: ok\n");
  EXPECT_TRUE(contains(result.err, "line 2 of 'sums' is no hash and a name")) << result.err;
  if (here({"sum", "--hash", "sha256", "a"}).status != 0) return;
  file("sums", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  a\n");
  EXPECT_EQ(here({"sum", "-c", "sums"}).out, "a: ok\n");
  EXPECT_TRUE(contains(here({"sum", "missing"}).err, "missing")) << "no word of copying";
}

TEST_F(CopyCommand, SumHasTheHashesThatAreBuiltIn) {
  file("empty", "");
  auto const sha256 = here({"sum", "--hash", "sha256", "empty"});
  if (sha256.status == 0) {
    EXPECT_EQ(sha256.out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  empty\n");
  } else {
    EXPECT_EQ(sha256.status, 2);
    EXPECT_TRUE(contains(sha256.err, "not built into this program")) << sha256.err;
  }
  start how;
  how.input = "hello\n";
  EXPECT_EQ(here({"sum", "-"}, how).out, "6bba86c7e069f56d5a10b435f1c8e49c  -\n");
  EXPECT_EQ(here({"sum", "empty", "missing"}).status, 3);
  EXPECT_EQ(here({"sum"}).status, 2);
}

TEST_F(CopyCommand, CmpTellsWhereFilesDiffer) {
  auto bytes = noise(mebi);
  file("a", bytes);
  file("b", bytes);
  EXPECT_EQ(here({"cmp", "a", "b"}).status, 0);
  EXPECT_EQ(here({"cmp", "a", "b"}).out, "");
  bytes[70000] ^= 1;
  file("b", bytes);
  auto const differ = here({"cmp", "a", "b"});
  EXPECT_EQ(differ.status, 1);
  EXPECT_EQ(differ.out, "'a' and 'b' differ at offset 70000 (0x11170)\n");
  EXPECT_EQ(here({"cmp", "-q", "a", "b"}).out, "");
  file("b", bytes.substr(0, 5));
  file("a", bytes);
  EXPECT_TRUE(contains(here({"cmp", "a", "b"}).out, "'b' ends after 5 bytes"));
  auto const document = nlohmann::json::parse(here({"cmp", "--json", "a", "b"}).out);
  EXPECT_EQ(document["same"], false);
  EXPECT_EQ(document["first_difference"], 5);
  EXPECT_EQ(here({"cmp", "a", "missing"}).status, 2);
}

}  // namespace
}  // namespace coview_test
