// SPDX-License-Identifier: Apache-2.0
// What doctor checks of systemd-logind, which by default deletes a user's files in /dev/shm when the user's last
// session ends, also under running programs.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <sstream>

#include "doctor/checks.hpp"
#include "object/place.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

namespace fs = std::filesystem;

std::string trimmed(std::string const& text) {
  auto const begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// The last "RemoveIPC=" of the [Login] section; `setting` stays as it is where there is none.
void read_setting(fs::path const& file, std::string& setting) {
  std::ifstream lines(file);
  bool in_section = false;
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(line);
    if (line.starts_with("[")) in_section = line == "[Login]";
    auto const equals = line.find('=');
    if (in_section && equals != std::string::npos && trimmed(line.substr(0, equals)) == "RemoveIPC") {
      setting = trimmed(line.substr(equals + 1));
    }
  }
}

/// As systemd reads it: the main file, then the drop-ins in the order of their names, where /etc hides /run and that
/// hides /usr.
bool remove_ipc() {
  std::string setting = "yes";
  constexpr std::array roots = {"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"};
  for (auto const* root : roots) {
    std::error_code ignored;
    auto const file = fs::path(root) / "logind.conf";
    if (!fs::exists(file, ignored)) continue;
    read_setting(file, setting);
    break;
  }
  std::map<std::string, fs::path> drop_ins;
  for (auto const* root : roots) {
    std::error_code none;
    for (fs::directory_iterator entry(fs::path(root) / "logind.conf.d", none), end; !none && entry != end;
         entry.increment(none)) {
      if (entry->path().extension() == ".conf") drop_ins.emplace(entry->path().filename(), entry->path());
    }
  }
  for (auto const& [name, file] : drop_ins) read_setting(file, setting);
  constexpr std::array no = {"no", "n", "false", "f", "off", "0"};
  std::transform(setting.begin(), setting.end(), setting.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::find(no.begin(), no.end(), setting) == no.end();
}

/// The largest user ID that logind takes for a system user, whom it spares.
uid_t last_system_user() {
  std::ifstream lines("/etc/login.defs");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    unsigned long value = 0;
    if (words >> key >> value && key == "SYS_UID_MAX") return static_cast<uid_t>(value);
  }
  return 999;
}

bool lingers(uid_t user) {
  std::error_code ignored;
  auto const name = user_name(user);
  return !name.empty() && fs::exists(fs::path("/var/lib/systemd/linger") / name, ignored);
}

}  // namespace

check check_remove_ipc() {
  std::error_code ignored;
  auto const safe = [](std::string value, std::string meaning) {
    return check{"RemoveIPC", finding::ok, std::move(value), std::move(meaning), ""};
  };
  if (!fs::exists("/run/systemd/system", ignored)) return safe("no systemd", "nobody deletes objects at logout");
  if (!remove_ipc()) return safe("no", "logind leaves objects alone at logout");
  auto const root = fs::weakly_canonical(root_path(), ignored).string();
  if (root != "/dev/shm" && !root.starts_with("/dev/shm/")) return safe("yes", "but objects are not in /dev/shm");
  auto const user = geteuid();
  if (user <= last_system_user()) {
    return safe("yes", fmt::format("but {} is a system user, whom logind spares", user_text(user)));
  }
  if (lingers(user))
    return safe("yes", fmt::format("but {} lingers, and so never counts as logged out", user_text(user)));
  return {"RemoveIPC", finding::warning, "yes",
          fmt::format("logind deletes {}'s objects when {} logs out for the last time, also under running programs",
                      user_text(user), user_text(user)),
          fmt::format("loginctl enable-linger {}, or RemoveIPC=no in /etc/systemd/logind.conf", user_text(user))};
}

}  // namespace coview::tool
