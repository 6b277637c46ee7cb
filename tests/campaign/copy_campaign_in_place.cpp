// SPDX-License-Identifier: Apache-2.0
// Copiers that write into the file that is there, killed: it is the same file all the time, with its further name,
// owner and mode; each byte of it is the new file's, or not written yet; nothing is beside it; and the next copy
// makes it whole, the same file still.
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include <coview/copy.hpp>

#include "campaign/copy_campaign.hpp"
#include "copy/folder.hpp"
#include "support/tally.hpp"

namespace coview_test {
namespace {

class in_place_campaign {
 public:
  explicit in_place_campaign(copy_campaign_request const& wanted) : wanted_(wanted), killer_(wanted) {
    for (std::size_t i = 0; i < versions_.size(); ++i) {
      versions_[i] = noise((4 + 3 * i) * mebi + i * 1000, i + 1);
      if (i == 1) versions_[i].replace(mebi, mebi, mebi, '\0');
      put(sources_ / std::to_string(i), versions_[i]);
    }
    put(target_, versions_[0]);
    fs::create_hard_link(target_, folder_ / "other name");
    if (::chmod(target_.c_str(), 0640) != 0) std::abort();
    before_ = status_of(target_);
  }

  int run() {
    while (killer_.goes_on()) strike();
    std::printf(
        "%u killed in the middle, %u ended before; after a kill, the old file %u times, the new one %u, a part of "
        "it %u; %u faults\n",
        killer_.killed(), killer_.ended(), old_, new_, part_, killer_.found());
    print({.kills = killer_.killed(), .checks = killer_.killed() + killer_.ended(), .findings = killer_.found()});
    return killer_.status();
  }

 private:
  coview::copy_options options() {
    constexpr std::array methods{coview::copy_method::automatic, coview::copy_method::buffered,
                                 coview::copy_method::in_kernel, coview::copy_method::mapped};
    coview::copy_options chosen;
    chosen.in_place = true;
    chosen.durable = killer_.random(8) == 0;
    chosen.method = methods[killer_.random(methods.size())];
    chosen.may_reflink = killer_.random(2) == 0;
    chosen.resume = wanted_.resume;
    if (killer_.random(4) == 0) chosen.verify = coview::verify::inline_hash;
    return chosen;
  }

  void strike() {
    auto const next = (there_ + 1 + killer_.random(versions_.size() - 1)) % versions_.size();
    auto const source = sources_ / std::to_string(next);
    auto how = options();
    how.in_place = !wanted_.naive;  // what most programs do, and this mode must not
    bool const killed = killer_.strike([&] { coview::copy_file(source, target_, how); });
    judge(versions_[there_], versions_[next], killed);
    if (killer_.found() > 0) return;
    how.in_place = true;
    how.method = coview::copy_method::automatic;
    coview::copy_file(source, target_, how);
    judge(versions_[next], versions_[next], false);
    there_ = next;
  }

  void judge(std::string const& from, std::string const& to, bool was_killed) {
    auto const now = status_of(target_);
    if (now.st_ino != before_.st_ino || now.st_nlink != 2) killer_.fault("it is another file");
    if (now.st_mode != before_.st_mode || now.st_uid != before_.st_uid || now.st_gid != before_.st_gid)
      killer_.fault("its mode or its owner changed");
    if (folder_.names().size() != 2) killer_.fault("something is left beside the target");
    auto const bytes = contents(target_);
    if (bytes == from && from != to) {
      old_ += was_killed ? 1 : 0;
    } else if (bytes == to) {
      new_ += was_killed ? 1 : 0;
    } else if (was_killed && is_a_part(bytes, to)) {
      ++part_;
    } else {
      killer_.fault("it has bytes that are not the new file's");
    }
  }

  static bool is_a_part(std::string const& bytes, std::string const& all) {
    if (bytes.size() > all.size()) return false;
    return std::equal(bytes.begin(), bytes.end(), all.begin(),
                      [](char is, char to_be) { return is == to_be || is == 0; });
  }

  copy_campaign_request wanted_;
  copy_killer killer_;
  folder sources_;
  folder folder_;
  fs::path target_ = folder_ / "target";
  std::array<std::string, 3> versions_;
  struct ::stat before_ {};
  std::size_t there_ = 0;
  unsigned old_ = 0;
  unsigned new_ = 0;
  unsigned part_ = 0;
};

}  // namespace

int kill_copiers_in_place(copy_campaign_request const& wanted) {
  return in_place_campaign(wanted).run();
}

}  // namespace coview_test
