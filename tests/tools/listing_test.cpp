// SPDX-License-Identifier: Apache-2.0
// coview ls, stat and who: what they tell, as text and as JSON, and that hostile names cannot harm a terminal.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/mutex.hpp>

#include "object/lifetime.hpp"
#include "program.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "sync/state_layout.hpp"

namespace coview_test {
namespace {

using ::coview::mapping;
using ::coview::name_of_family;
using ::coview::name_scope;
using ::coview::new_object;
using ::coview::try_create_object;

class Listing : public testing::Test {
 protected:
  scoped_root root_;
};

std::vector<std::string> keys_of(nlohmann::json const& object) {
  std::vector<std::string> keys;
  for (auto const& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST_F(Listing, NothingIsSaidOnStandardError) {
  auto const result = coview({"ls"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("nothing exists"), std::string::npos);
  EXPECT_EQ(coview({"ls", "--json"}).out, "{\"schema\":\"coview.ls/1\",\"objects\":[]}\n");
}

TEST_F(Listing, JsonTellsWhatTheSchemaSays) {
  holding const held("Frames", "8000", {"--mode", "0640"});
  auto const all = nlohmann::ordered_json::parse(coview({"ls", "--json"}).out);
  EXPECT_EQ(all["schema"], "coview.ls/1");
  ASSERT_EQ(all["objects"].size(), 1U);
  auto const& object = all["objects"][0];
  std::vector<std::string> const expected = {"name", "kind",    "scope", "size", "resident", "handles", "owner",
                                             "mode", "created", "state", "sync", "channel",  "bridge"};
  std::vector<std::string> keys;
  for (auto const& [key, value] : object.items()) keys.push_back(key);
  EXPECT_EQ(keys, expected);
  EXPECT_EQ(object["name"], "Frames");
  EXPECT_EQ(object["kind"], "mapping");
  EXPECT_EQ(object["scope"], "local");
  EXPECT_EQ(object["size"], 8000);
  EXPECT_GE(object["resident"].get<int>(), 8000);
  EXPECT_EQ(object["handles"], 1);
  EXPECT_EQ(object["mode"], "0640");
  EXPECT_EQ(object["state"], "held");
  EXPECT_EQ(object["created"].get<std::string>().back(), 'Z');
}

TEST_F(Listing, NamedPipesOfWindowsProgramsAreAKind) {
  new_object wanted;
  wanted.header.kind = ::coview::object_kind::mapping;
  wanted.header.payload_size = 4096;
  auto const held =
      try_create_object(name_of_family(name_scope::local, "pipe\\cam"), wanted, {"create", "pipe", "cam"});
  ASSERT_TRUE(held);
  auto const all = nlohmann::json::parse(coview({"ls", "--json"}).out);
  ASSERT_EQ(all["objects"].size(), 1U);
  EXPECT_EQ(all["objects"][0]["kind"], "pipe");
  EXPECT_NE(coview({"ls"}).out.find("pipe"), std::string::npos);
  auto const stat = coview({"stat", "pipe\\cam"});
  EXPECT_NE(stat.out.find("kind       pipe"), std::string::npos) << stat.out;
  EXPECT_EQ(stat.out.find("size"), std::string::npos) << stat.out;
  EXPECT_EQ(coview_json({"stat", "Local\\pipe\\cam", "--json"})["object"]["kind"], "pipe");
  EXPECT_EQ(coview_json({"who", "pipe\\cam", "--json"})["holders"][0]["pid"], ::getpid());
  EXPECT_EQ(coview({"who", "pipe\\other"}).status, 3);
  EXPECT_EQ(coview({"read", "pipe\\cam"}).status, 2);  // it is no memory of anybody's
}

TEST_F(Listing, TableIsAlignedAndPatternsChoose) {
  auto const a = mapping::create("camera left", 4096);
  auto const b = mapping::create("cam", 5 << 20);
  auto const c = mapping::create("Global\\cam", 1);
  auto const table = coview({"ls", "cam*"}).out;
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < table.size(); begin = table.find('\n', begin) + 1) {
    lines.push_back(table.substr(begin, table.find('\n', begin) - begin));
  }
  ASSERT_EQ(lines.size(), 3U) << table;
  EXPECT_TRUE(lines[0].starts_with("NAME         KIND      SIZE  HANDLES  STATE  AGE")) << table;
  EXPECT_TRUE(lines[1].starts_with("cam          mapping  5 MiB        1  held   ")) << table;
  EXPECT_TRUE(lines[2].starts_with("camera left  mapping  4 KiB        1  held   ")) << table;
  EXPECT_EQ(coview_json({"ls", "Global\\*", "--json"})["objects"].size(), 1U);
  auto const none = coview({"ls", "x*"});
  EXPECT_EQ(none.status, 0);
  EXPECT_NE(none.err.find("matches 'x*'"), std::string::npos);
}

TEST_F(Listing, StatTellsEverything) {
  holding const held("Frames", "8000");
  auto const stat = coview_json({"stat", "Frames", "--json"});
  EXPECT_EQ(stat["schema"], "coview.stat/1");
  auto const& object = stat["object"];
  EXPECT_EQ(object["uid"], geteuid());
  EXPECT_EQ(object["creator"], held.pid());
  EXPECT_EQ(object["permanent"], false);
  EXPECT_TRUE(object["target"].is_null());
  EXPECT_TRUE(std::filesystem::exists(object["file"].get<std::string>()));
  auto const text = coview({"stat", "Frames"}).out;
  for (std::string const part : {"Frames\n", "7.8 KiB (8000 bytes)", "local: this user only", "by process"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST_F(Listing, StatTellsOfAFileThatWasDeletedUnderItsHolder) {
  holding const held("Cleaned");
  std::filesystem::remove(coview_json({"stat", "Cleaned", "--json"})["object"]["file"].get<std::string>());
  auto const result = coview({"stat", "Cleaned"});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("lost its name"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find(std::to_string(held.pid())), std::string::npos) << result.err;
  // The kernel shows the path without links, whatever COVIEW_ROOT says.
  auto const link = root_.path() / "link";
  std::filesystem::create_directory_symlink(root_.path(), link);
  start how;
  how.environment = {"COVIEW_ROOT=" + link.string()};
  EXPECT_NE(coview({"stat", "Cleaned"}, how).err.find("lost its name"), std::string::npos);
}

TEST_F(Listing, EveryDocumentHasTheSameName) {
  auto const held = mapping::create("Local\\-dashed", 16);
  for (std::string const command : {"who", "read", "rm"}) {
    auto const result = coview({command, "Local\\-dashed", "--json", command == "rm" ? "--force" : "--json"});
    EXPECT_EQ(nlohmann::json::parse(result.out)["name"], "-dashed") << command;
  }
}

TEST_F(Listing, WhoNamesHoldersOfWhatThisUserMayNotRead) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can act as another user";
  chmod(root_.path().c_str(), 01777);
  constexpr uid_t stranger = 4711;
  holding const held("Global\\Private");
  start how;
  how.user = stranger;
  EXPECT_EQ(coview({"stat", "Global\\Private"}, how).status, 4);
  auto const listed = nlohmann::json::parse(coview({"ls", "--json"}, how).out)["objects"][0];
  EXPECT_EQ(listed["state"], "unreadable");
  EXPECT_TRUE(listed["size"].is_null());  // it is not 0
  auto const who = coview({"who", "Global\\Private", "--json"}, how);
  EXPECT_EQ(who.status, 0) << who.err;
  EXPECT_EQ(nlohmann::json::parse(who.out)["holders"][0]["pid"], held.pid());
}

TEST_F(Listing, WhoNamesEveryHolder) {
  holding const first("Shared");
  auto const second = mapping::open("Shared");
  auto const who = coview_json({"who", "Shared", "--json"});
  EXPECT_EQ(who["schema"], "coview.who/1");
  EXPECT_EQ(who["name"], "Shared");
  std::vector<pid_t> pids;
  for (auto const& each : who["holders"]) {
    EXPECT_EQ(keys_of(each), (std::vector<std::string>{"command", "pid", "uid", "user"}));
    EXPECT_EQ(each["uid"], geteuid());
    pids.push_back(each["pid"]);
  }
  std::vector<pid_t> expected = {first.pid(), getpid()};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(pids, expected);
  auto const text = coview({"who", "Shared"}).out;
  EXPECT_NE(text.find("coview create Shared"), std::string::npos) << text;
}

argument_texts in_another_pid_namespace() {
  // Not --mount-proc, which wants a root that is a mount point.
  return {"/usr/bin/unshare",
          "-pfm",
          "--propagation",
          "unchanged",
          "/bin/sh",
          "-c",
          "mount --make-private /proc && mount -t proc proc /proc && exec \"$@\"",
          "sh"};
}
/// As a stranger, to whom /proc shows none but his own processes.
argument_texts behind_hidepid() {
  return {"/usr/bin/unshare",
          "-m",
          "--propagation",
          "unchanged",
          "/bin/sh",
          "-c",
          "mount --make-private /proc && mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 4711 --regid "
          "4711 --clear-groups \"$@\"",
          "sh"};
}

class Unseen : public Listing {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can act as another user, or in another pid namespace";
    chmod(root_.path().c_str(), 01777);
  }
  static nlohmann::json ask(argument_texts const& what, argument_texts wrapper) {
    start how;
    how.wrapper = std::move(wrapper);
    auto const result = coview(what, how);
    EXPECT_EQ(result.status, 0) << result.err;
    return nlohmann::json::parse(result.out);
  }
  static std::string say(argument_texts const& what, argument_texts wrapper) {
    start how;
    how.wrapper = std::move(wrapper);
    auto const result = coview(what, how);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.out + result.err;
  }
};

TEST_F(Unseen, HoldersInAnotherPidNamespaceAreNotDenied) {
  holding const held("Global\\Shared");
  auto const who = ask({"who", "Global\\Shared", "--json"}, in_another_pid_namespace());
  EXPECT_EQ(who["held"], true);
  EXPECT_EQ(who["complete"], false);
  EXPECT_TRUE(who["holders"].empty());
  EXPECT_NE(say({"who", "Global\\Shared"}, in_another_pid_namespace()).find("cannot be seen from here"),
            std::string::npos);
  auto const object = ask({"stat", "Global\\Shared", "--json"}, in_another_pid_namespace())["object"];
  EXPECT_TRUE(object["handles"].is_null());
  EXPECT_EQ(object["handles_seen"], 0);
  EXPECT_TRUE(ask({"ls", "--json"}, in_another_pid_namespace())["objects"][0]["handles"].is_null());
  auto const both = "\"$0\" create Mine --size 1 -- \"$0\" stat Mine";
  auto shell = in_another_pid_namespace();
  shell.insert(shell.end(), {"/bin/sh", "-c", both});
  EXPECT_NE(say({}, shell).find("at least 1: "), std::string::npos);
}

TEST_F(Unseen, APermanentObjectMayHaveHoldersInAnotherPidNamespace) {
  ASSERT_EQ(coview({"create", "Global\\Stays", "--size", "1", "--permanent"}).status, 0);
  EXPECT_NE(say({"who", "Global\\Stays"}, {}).find("because it is permanent"), std::string::npos);
  auto const elsewhere = say({"who", "Global\\Stays"}, in_another_pid_namespace());
  EXPECT_NE(elsewhere.find("no process that can be seen from here holds"), std::string::npos) << elsewhere;
  EXPECT_EQ(elsewhere.find("because it is permanent"), std::string::npos) << elsewhere;
  EXPECT_EQ(coview({"rm", "Global\\Stays"}).status, 0);
}

TEST_F(Unseen, AnOwnerInAnotherPidNamespaceIsNobodyOfHere) {
  auto const m = ::coview::mutex::create("M");
  (void)m.acquire();
  auto const sync = ask({"stat", "M", "--json"}, in_another_pid_namespace())["object"]["sync"];
  EXPECT_EQ(sync["owned"], true);
  EXPECT_TRUE(sync["owner_thread"].is_null());
  EXPECT_TRUE(sync["owner_process"].is_null());
  EXPECT_NE(say({"stat", "M"}, in_another_pid_namespace()).find("somebody in another pid namespace"),
            std::string::npos);
  m.release();
}

TEST_F(Unseen, HidepidHidesWhatAProcessIsAndNotThatItHolds) {
  holding const held("Global\\Shared", "4096", {"--mode", "0644"});
  auto const who = ask({"who", "Global\\Shared", "--json"}, behind_hidepid());
  ASSERT_EQ(who["holders"].size(), 1U) << who;
  EXPECT_EQ(who["holders"][0]["pid"], held.pid());
  EXPECT_TRUE(who["holders"][0]["command"].is_null());
  EXPECT_TRUE(who["holders"][0]["uid"].is_null());
  EXPECT_EQ(who["complete"], false);  // it may have passed its handle on
  EXPECT_EQ(say({"who", "Global\\Shared"}, behind_hidepid()).find("because it is permanent"), std::string::npos);
}

/// A process that took a handle, and passed it on to a child before it ended. Only that one has it then.
child::body heir_of(char const* name) {
  return [name](parent_link const& parent) {
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
    pid_t const taker = ::fork();
    if (taker == 0) {
      auto const memory = mapping::create(name, 1, {.mode = 0644});
      if (::fork() == 0) {
        ::alarm(100);  // whatever becomes of this test
        (void)!::write(ready[1], "x", 1);
        ::pause();
      }
      ::pause();
    }
    char one = 0;
    (void)!::read(ready[0], &one, 1);
    ::kill(taker, SIGKILL);
    ::waitpid(taker, nullptr, 0);
    parent.say("inherited");
    (void)parent.hear();
  };
}

TEST_F(Unseen, AnHeirOfAnotherUserIsNotDenied) {
  child const elder(heir_of("Global\\Inherited"));
  ASSERT_EQ(elder.hear(), "inherited");
  start how;
  how.user = 4711;
  auto const who = nlohmann::json::parse(coview({"who", "Global\\Inherited", "--json"}, how).out);
  EXPECT_EQ(who["held"], true);
  EXPECT_EQ(who["complete"], false);
  EXPECT_TRUE(who["holders"].empty());
  auto const all = coview_json({"who", "Global\\Inherited", "--json"});  // root sees its descriptors
  ASSERT_EQ(all["holders"].size(), 1U);
  EXPECT_EQ(all["complete"], true);
  ::kill(all["holders"][0]["pid"].get<pid_t>(), SIGKILL);
}

/// The same, and it goes on without its handle.
TEST_F(Unseen, WhoTookAHandleMayNotHaveItAnyMore) {
  child const taker([](parent_link const& parent) {
    auto memory = mapping::create("Global\\Moved", 1, {.mode = 0644});
    child const heir([](parent_link const& elder) { (void)elder.hear(); });
    ::close(memory.native_handle());
    parent.say(std::to_string(heir.pid()));
    (void)parent.hear();
  });
  auto const heir = std::stoi(taker.hear());
  start how;
  how.user = 4711;
  auto const who = nlohmann::json::parse(coview({"who", "Global\\Moved", "--json"}, how).out);
  EXPECT_EQ(who["held"], true);
  EXPECT_EQ(who["complete"], false) << who;
  EXPECT_NE(coview({"who", "Global\\Moved"}, how).err.find("may have passed it on"), std::string::npos);
  auto const all = coview_json({"who", "Global\\Moved", "--json"});  // root sees its descriptors
  ASSERT_EQ(all["holders"].size(), 1U) << all;
  EXPECT_EQ(all["holders"][0]["pid"], heir);
  EXPECT_EQ(all["complete"], true);
}

/// Whoever may write to a mutex can write anybody's number into it.
TEST_F(Listing, AnOwnerIsWhoHasTheMutex) {
  child const bystander([](parent_link const& parent) { (void)parent.hear(); });  // before there is one to inherit
  auto const m = ::coview::mutex::create("M");
  int const file = ::open(::coview::stat("M").file.c_str(), O_RDWR | O_CLOEXEC);
  auto const store = [file](std::uint64_t word) {
    EXPECT_EQ(::pwrite(file, &word, sizeof word, ::coview::layout::node_offset), 8);
  };
  store(static_cast<std::uint32_t>(bystander.pid()));
  auto const pid = std::to_string(bystander.pid());
  auto const named = "its word names thread " + pid;
  auto const sync = coview_json({"stat", "M", "--json"})["object"]["sync"];
  EXPECT_EQ(sync["owner_has_handle"], false) << sync;
  for (std::string const command : {"stat", "who"}) {
    auto const said = coview({command, "M"});
    EXPECT_TRUE(contains(said.out + said.err, named + " of process " + pid + ", which has no handle"))
        << said.out << said.err;
  }
  auto const listed = coview({"ls"}).out;
  EXPECT_TRUE(contains(listed, named)) << listed;
  EXPECT_FALSE(contains(listed, "owned by")) << listed;
  auto const waits = coview({"lock", "M", "--timeout", "0", "--", "true"});
  EXPECT_FALSE(contains(waits.err, "owned by process")) << waits.err;
  store(0);
  ::close(file);
}

TEST_F(Unseen, DoctorDoesNotSayThatEveryProcessIsSeen) {
  for (auto const& wrapper : {in_another_pid_namespace(), behind_hidepid()}) {
    start how;
    how.wrapper = wrapper;
    auto const told = nlohmann::json::parse(coview({"doctor", "--json"}, how).out);
    for (auto const& each : told["checks"]) {
      if (each["name"] != "/proc" && each["name"] != "processes") continue;
      EXPECT_FALSE(contains(each["meaning"].get<std::string>(), "every")) << each;
      EXPECT_NE(each["value"], "all") << each;
      EXPECT_NE(each["value"], "complete") << each;
    }
  }
}

TEST_F(Listing, WhoFindsAHolderThatHasOnlyAView) {
  child const holder([](parent_link const& parent) {
    auto memory = mapping::create("Viewed", 4096);
    auto const view = memory.map();
    ::close(memory.native_handle());  // the kernel keeps the description, and its locks, for the pages
    parent.say("mapped");
    (void)parent.hear();
  });
  ASSERT_EQ(holder.hear(), "mapped");
  auto const who = coview_json({"who", "Viewed", "--json"});
  ASSERT_EQ(who["holders"].size(), 1U);
  EXPECT_EQ(who["holders"][0]["pid"], holder.pid());
  EXPECT_EQ(who["complete"], true);
}

TEST_F(Listing, StatTellsOfADeletedFileInADirectoryOfAnotherName) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can act as another user";
  chmod(root_.path().c_str(), 01777);
  ASSERT_EQ(::mkdir(root_.local().c_str(), 0700), 0);
  ASSERT_EQ(::chown(root_.local().c_str(), 4711, 4711), 0);  // squatted: the user has another one
  holding const held("Cleaned");
  std::filesystem::remove(coview_json({"stat", "Cleaned", "--json"})["object"]["file"].get<std::string>());
  auto const result = coview({"stat", "Cleaned"});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("lost its name"), std::string::npos) << result.err;
}

struct hostile {
  std::string name;
  std::string shown;
};

TEST_F(Listing, HostileNamesAreShownHarmlessAndToldExactly) {
  std::vector<hostile> const names = {
      {"esc \x1b[31mred\x1b]0;title\x07", "esc \\x1b[31mred\\x1b]0;title\\x07"},
      {"two\nlines\ttab\r", "two\\nlines\\ttab\\r"},
      {"c1 \xc2\x9b"
       "31m",
       "c1 \\u{9b}31m"},
      {"bidi \xe2\x80\xaetxt.exe", "bidi \\u{202e}txt.exe"},
      {"zero\xe2\x80\x8bwidth", "zero\\u{200b}width"},
      {"tag \xf3\xa0\x81\x81", "tag \\u{e0041}"},
      {"ordinary caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac", "ordinary caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac"},
      {"-option", "-option"},
  };
  std::vector<mapping> held;
  for (auto const& each : names) held.push_back(mapping::create(each.name, 4096));

  auto const text = coview({"ls", "--long"}).out + coview({"ls"}).out;
  std::vector<std::string> told;
  auto const document = coview_json({"ls", "--json"});
  for (auto const& each : document["objects"]) told.push_back(each["name"]);
  for (auto const& each : names) {
    EXPECT_NE(text.find(each.shown), std::string::npos) << each.shown << "\n" << text;
    EXPECT_EQ(std::count(told.begin(), told.end(), each.name), 1) << each.shown;
    auto const one = coview({"stat", "Local\\" + each.name});
    EXPECT_EQ(one.status, 0) << one.err;
    EXPECT_NE(one.out.find(each.shown), std::string::npos) << one.out;
    auto const said = coview({"create", "Local\\" + each.name, "--size", "1"});
    EXPECT_EQ(said.status, 1);
    for (char const c : text + one.out + said.err) {
      auto const byte = static_cast<unsigned char>(c);
      EXPECT_TRUE(byte == '\n' || (byte >= 0x20 && byte != 0x7f)) << int{byte};
    }
  }
}

TEST_F(Listing, HostileCommandLinesAreShownHarmless) {
  start how;
  how.keep_input = true;
  running held({"create", "X", "--size", "4K", "--json", "--", "sh", "-c", "read line", "\x1b[2J\xff"}, how);
  held.line();
  auto const result = coview({"who", "X"});
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
  EXPECT_NE(result.out.find("\\x1b[2J\\xff"), std::string::npos) << result.out;
  auto const told = coview_json({"who", "X", "--json"})["holders"][0]["command"].get<std::string>();
  EXPECT_NE(told.find("\x1b[2J\xef\xbf\xbd"), std::string::npos) << told;
}

}  // namespace
}  // namespace coview_test
