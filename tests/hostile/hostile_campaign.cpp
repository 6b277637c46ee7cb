// SPDX-License-Identifier: Apache-2.0
// Honest processes use objects that a hostile peer of another user may write, and the peer does its worst:
// single chosen stores at chosen moments of a call, which can be repeated exactly, or a storm of them all the
// time. What must hold is in victim.hpp; besides, no file but the objects' changes, strangers are not disturbed,
// and nothing is left.
//
//     build/release/tests/hostile/hostile_campaign --seconds 600 --seed 7
//     build/release/tests/hostile/hostile_campaign --case 12345         one case again
//
// As root the victims run as user 1000 and the peer as 1001, in a private mount namespace; otherwise all of them
// are this user, and the peer only stores: its files are trusted then. A case that goes wrong is told with the
// deeds that it takes.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <coview/error.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/queue.hpp>

#include "deed.hpp"
#include "support/private_root.hpp"
#include "support/process.hpp"
#include "support/shared_by_forks.hpp"
#include "support/tally.hpp"
#include "victim.hpp"

namespace {

using campaign::random_numbers;
using hostile::deed;
using hostile::report;
using std::chrono::steady_clock;

constexpr std::uint64_t all_deeds = ~std::uint64_t{0};
constexpr char const* secret = "what nobody else may change\n";
/// What a planted defect believes, in the order of broken_scenarios().
constexpr std::array<std::string_view, 4> planted{"owner", "word", "length", "size"};

struct plan {
  std::uint64_t seed = 1;
  std::chrono::seconds limit{60};
  std::uint64_t cases = ~std::uint64_t{0};
  bool single = false;              // `seed` is the one case
  std::uint64_t deeds = all_deeds;  // which of a case's deeds are done
  std::string_view fault;           // a planted defect
  bool stores_only = false;         // nothing but stores
  bool channels = false;            // queues and topics only
  bool keep_going = false;          // tell each kind of violation once, and go on
};

/// What the parent tells the peer to do.
struct order {
  deed what{};
  std::uint64_t storm = 0;  // a seed: deeds without end,
  bool quietly = false;     // all of them stores
  hostile::known_threads threads{};
};

/// Reports in memory that the victims share with the parent.
class reports {
 public:
  static constexpr std::size_t most = 4;
  report& fresh(std::size_t n) { return *new (&(*all_)[n]) report{}; }

 private:
  coview_test::shared_by_forks<std::array<report, most>> all_;
};

/// A forked process and a socket to it.
class party {
 public:
  template <class Body>
  party(uid_t user, Body const& body) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::system_error(errno, std::generic_category(), "socketpair");
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
      ::close(ends[0]);
      coview_test::become_user(user);
      body(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    socket_ = ends[0];
  }
  party(party const&) = delete;
  party& operator=(party const&) = delete;
  ~party() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), wait();
    ::close(socket_);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int socket() const { return socket_; }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }
  void kill() { ::kill(pid_, SIGKILL); }
  template <class What>
  void send(What const& what) const {
    (void)!::send(socket_, &what, sizeof what, MSG_NOSIGNAL);
  }
  /// A byte from it; 0: it is gone, or said nothing for so long.
  [[nodiscard]] char hear(std::chrono::milliseconds longest) const {
    pollfd one{.fd = socket_, .events = POLLIN, .revents = 0};
    char what = 0;
    return ::poll(&one, 1, static_cast<int>(longest.count())) == 1 && ::recv(socket_, &what, 1, 0) == 1 ? what : '\0';
  }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
};

/// The hostile peer's process.
[[noreturn]] void be_hostile(int socket, bool owns, std::string const& root, std::string const& private_file) {
  ::signal(SIGIO, SIG_IGN);  // a lease that is broken
  try {
    if (owns) hostile::own_all_objects(), hostile::own_all_channels();
  } catch (coview::error const&) {  // then the victims make them
  }
  (void)!::send(socket, "r", 1, MSG_NOSIGNAL);
  for (order next; ::recv(socket, &next, sizeof next, 0) == sizeof next;) {
    hostile::commit(next.what, root, private_file);
    random_numbers random(next.storm);
    while (next.storm != 0 && ::recv(socket, &next, sizeof next, MSG_DONTWAIT | MSG_PEEK) < 0) {
      bool const quietly = next.quietly || !random.one_in(20);
      hostile::commit(hostile::choose_deed(random, next.threads, quietly), root, private_file);
      if (random.one_in(3)) ::usleep(static_cast<useconds_t>(random.below(3000)));
    }
    (void)!::send(socket, "d", 1, MSG_NOSIGNAL);
  }
  ::_exit(0);
}

class hostile_campaign {
 public:
  explicit hostile_campaign(plan const& what) : what_(what) {
    private_file_ = (root_.outside() / "private").string();
    std::ofstream(private_file_) << secret;
    ::chmod(private_file_.c_str(), 0600);
    if (several_) (void)!::chown(private_file_.c_str(), victim_user, victim_user);
    bystander_ = std::make_unique<party>(several_ ? victim_user : 0, [](int socket) { stand_by(socket); });
  }

  int run() {
    auto const until = steady_clock::now() + what_.limit;
    std::uint64_t done = 0;
    for (; done < what_.cases && steady_clock::now() < until; ++done) {
      std::uint64_t const number = what_.seed + done;
      std::string wrong = run_case(number, what_.deeds);
      if (wrong.empty() && done % 16 == 0) wrong = ask_bystander();
      if (!wrong.empty() && (!what_.keep_going || told_.insert(wrong.substr(0, 50) + titles_.front()).second))
        tell(number, wrong);
      violations_ += wrong.empty() ? 0 : 1;
      if (what_.single || (violations_ != 0 && !what_.keep_going)) break;
    }
    if (violations_ != 0) {
      std::fprintf(stderr, "%llu violations in %llu cases\n", static_cast<unsigned long long>(violations_),
                   static_cast<unsigned long long>(done + 1));
      coview_test::print({.inputs = done + 1, .checks = calls_, .findings = violations_});
      return 1;
    }
    std::printf("seed %llu: %llu cases, %llu calls, %llu of them with an error; %s; no violation\n",
                static_cast<unsigned long long>(what_.seed), static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(calls_), static_cast<unsigned long long>(errors_),
                several_ ? "users 1000 and 1001" : "one user");
    coview_test::print({.inputs = done, .checks = calls_, .findings = violations_});
    return 0;
  }

 private:
  static constexpr uid_t victim_user = 1000;
  static constexpr uid_t peer_user = 1001;

  /// A process that has nothing to do with it all, and whose objects the peer may not touch.
  static void stand_by(int socket) {
    auto const shared = coview::mapping::create("Global\\bystander", 5000);
    auto const own = coview::mutex::create("bystander");
    for (char asked = 0; ::recv(socket, &asked, 1, 0) == 1;) {
      char answer = 'n';
      try {
        bool const found =
            coview::mapping::open("Global\\bystander").size() == 5000 && coview::mutex::try_open("bystander");
        coview::mapping::create("Global\\bystander2", 1).close();
        if (found && shared.still_named() && coview::list().size() >= 2) answer = 'y';
      } catch (coview::error const& e) {
        std::fprintf(stderr, "a bystander: %s\n", e.what());
      }
      (void)!::send(socket, &answer, 1, MSG_NOSIGNAL);
    }
  }

  std::string ask_bystander() {
    bystander_->send('?');
    return bystander_->hear(hostile::grace * 2) == 'y' ? "" : "a bystander is disturbed";
  }

  [[nodiscard]] std::vector<hostile::scenario> const& scenarios() const {
    if (!what_.fault.empty()) return hostile::broken_scenarios();
    if (what_.channels) return hostile::channel_scenarios();
    static std::vector<hostile::scenario> const all = [] {
      auto both = hostile::scenarios();
      auto const& more = hostile::channel_scenarios();
      both.insert(both.end(), more.begin(), more.end());
      return both;
    }();
    return all;
  }

  /// What happens in a case follows from its number; but for `storm`, always the same.
  std::string run_case(std::uint64_t number, std::uint64_t mask) {
    random_numbers random(number);
    done_.clear();
    cut_ = false;
    auto const& all = scenarios();
    storm_ = what_.fault.empty() && random.one_in(4);
    quiet_ =
        random.one_in(2) || !several_ || what_.stores_only;  // one's own processes are trusted with one's own files
    owned_by_peer_ = random.one_in(3) || (what_.channels && random.one_in(2));  // and has published something
    std::size_t const victims = storm_ ? 2 : 1;
    party peer(several_ ? peer_user : 0,
               [&](int socket) { be_hostile(socket, owned_by_peer_, root_.path(), private_file_); });
    if (peer.hear(hostile::grace) != 'r') return "the peer did not come up";
    std::vector<std::unique_ptr<party>> parties;
    std::vector<report*> told;
    titles_.clear();
    for (std::size_t v = 0; v < victims; ++v) {
      std::size_t which = random.below(all.size());
      if (!what_.fault.empty())
        which = static_cast<std::size_t>(std::ranges::find(planted, what_.fault) - planted.begin());
      titles_.emplace_back(all[which].title);
      report& its = *told.emplace_back(&reports_.fresh(v));
      its.must_end = (steady_clock::now() + hostile::grace).time_since_epoch().count();
      parties.push_back(std::make_unique<party>(
          several_ ? victim_user : 0, [&](int socket) { hostile::live(all[which], its, storm_ ? -1 : socket); }));
    }
    if (storm_) {
      cut_ = true;
      peer.send(order{.storm = random.next() | 1U,
                      .quietly = !several_ || what_.stores_only,
                      .threads = {parties[0]->pid(), peer.pid()}});
    }
    std::string wrong = watch(peer, parties, told, random.next(), mask);
    for (auto const* one : told) calls_ += one->calls, errors_ += one->errors;
    parties.clear();
    peer.kill();
    peer.wait();
    if (wrong.empty()) wrong = look_at_what_is_left();
    sweep_up();
    return wrong;
  }

  /// Lets the victims live to their end, and the peer do its deeds when they ask for them.
  std::string watch(party& peer, std::vector<std::unique_ptr<party>>& parties, std::vector<report*> const& told,
                    std::uint64_t seed, std::uint64_t mask) {
    std::size_t const count = parties.size();
    std::vector<bool> over(count, false);
    std::uint64_t deeds = 0;
    for (std::size_t left = count; left > 0;) {
      std::vector<pollfd> sockets;
      for (std::size_t v = 0; v < count; ++v)
        sockets.push_back({.fd = over[v] ? -1 : parties[v]->socket(), .events = POLLIN, .revents = 0});
      constexpr int a_moment = 100;
      ::poll(sockets.data(), sockets.size(), a_moment);
      for (std::size_t v = 0; v < count; ++v) {
        if (over[v]) continue;
        char asked = 0;
        if ((sockets[v].revents & (POLLIN | POLLHUP)) != 0) {
          if (::recv(sockets[v].fd, &asked, 1, MSG_DONTWAIT) == 1) {
            random_numbers random(seed + deeds);
            answer(peer, *parties[v], asked, random, (mask >> (deeds % 64)) & 1U);
            ++deeds;
            continue;
          }
          over[v] = true;
          --left;
          if (auto wrong = judge(parties[v]->wait(), *told[v]); !wrong.empty()) return wrong;
        } else if (steady_clock::now().time_since_epoch().count() > told[v]->must_end) {
          // Whoever constructs an object may take as long as it lives, and a peer may say that some thread does.
          if (std::string_view(told[v]->step.data()) != hostile::construct_step || !names_another(parties[v]->pid()))
            return std::string("hangs in: ") + told[v]->step.data();
          parties[v]->kill();
          parties[v]->wait();
          over[v] = true;
          --left;
        }
      }
    }
    return {};
  }

  /// Whether the lock of construct_once names a thread that lives and is not the victim.
  [[nodiscard]] bool names_another(pid_t victim) const {
    constexpr off_t state_at = 4072;  // docs/layout.md
    constexpr std::uint32_t thread_bits = (1U << 30U) - 1;
    for (auto const& entry : std::filesystem::directory_iterator(root_.path())) {
      if (!entry.path().filename().string().starts_with("coview-global-shared_mapping")) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::uint32_t word = 0;
      if (!file.seekg(state_at) || !file.read(reinterpret_cast<char*>(&word), sizeof word)) continue;
      auto const thread = static_cast<pid_t>(word & thread_bits);
      bool const lives = thread > 0 && (::syscall(SYS_tkill, thread, 0) == 0 || errno != ESRCH);
      if (lives && thread != victim) return true;
    }
    return false;
  }

  void answer(party& peer, party& victim, char how, random_numbers& random, bool does_it) {
    auto const what = hostile::choose_deed(random, {victim.pid(), peer.pid()}, quiet_);
    bool const now = random.below(4) != 0;  // not each moment is used
    if (how == 'd') victim.send('g');
    if (how == 'd') ::usleep(static_cast<useconds_t>(300 + random.below(3000)));
    if (now && does_it) {
      peer.send(order{.what = what});
      if (peer.hear(hostile::grace) == 'd') cut_ = cut_ || what.cuts();
    }
    done_.push_back({now ? what : deed{}, does_it});
    if (how != 'd') victim.send('g');
  }

  [[nodiscard]] std::string judge(int status, report const& told) const {
    if (told.wrong[0] != '\0') return told.wrong.data();
    if (WIFEXITED(status))
      return WEXITSTATUS(status) == 0 ? "" : "a victim's exit status is " + std::to_string(WEXITSTATUS(status));
    int const signal = WTERMSIG(status);
    // Whoever may write an object can shorten its file; what is mapped of it is gone then (docs/security.md).
    if (signal == SIGBUS && cut_ && !told.looks_only) return {};
    std::ostringstream text;
    text << "signal " << signal << " (" << ::strsignal(signal) << ") at " << std::hex << told.fault_at
         << " in: " << told.step.data();
    return text.str();
  }

  std::string look_at_what_is_left() {
    std::ifstream file(private_file_);
    std::string content((std::istreambuf_iterator<char>(file)), {});
    struct ::stat status {};
    if (content != secret || ::stat(private_file_.c_str(), &status) != 0 || (status.st_mode & 0777) != 0600)
      return "a private file was changed";
    auto wrong = as_victim([] { coview::reclaim(), (void)coview::list(); });
    if (!wrong.empty()) return "reclaim and list, afterwards: " + wrong;
    for (auto const& entry : std::filesystem::directory_iterator(root_.path())) {
      bool const victims = several_ && ::lstat(entry.path().c_str(), &status) == 0 && status.st_uid == victim_user;
      auto const name = entry.path().filename().string();
      // The peer's second link is a name that no object can have.
      if (victims && name.starts_with(hostile::shared_prefix) && !name.ends_with(hostile::second_link_suffix))
        return "left: " + name;
    }
    sweep_up();
    wrong = as_victim([] {
      (void)coview::mapping::create("Global\\shared_mapping", 1);
      (void)coview::mutex::create("Global\\shared_mutex");
      (void)coview::queue::create("Global\\shared_queue", {.capacity = 1});
    });
    return wrong.empty() ? "" : "a name cannot be had any more: " + wrong;
  }

  /// What came out of it, in a process of the victim's user; empty: nothing.
  template <class Body>
  std::string as_victim(Body const& body) {
    party one(several_ ? victim_user : 0, [&](int socket) {
      std::string text;
      try {
        body();
      } catch (std::exception const& e) {
        text = e.what();
      }
      (void)!::send(socket, text.data(), text.size() + 1, MSG_NOSIGNAL);
    });
    char text[400] = "";
    pollfd socket{.fd = one.socket(), .events = POLLIN, .revents = 0};
    if (::poll(&socket, 1, static_cast<int>(hostile::grace.count() * 2)) != 1) return "hangs";
    return ::recv(one.socket(), text, sizeof text - 1, 0) > 0 ? text : "it crashed";
  }

  /// Removes what the peer left lying about, as an administrator would.
  void sweep_up() {
    std::error_code ignored;
    for (auto const& entry : std::filesystem::directory_iterator(root_.path())) {
      if (entry.path().filename().string().starts_with(hostile::shared_prefix))
        std::filesystem::remove_all(entry.path(), ignored);
    }
  }

  /// Tells what went wrong; where it can be repeated, with as few deeds as it takes.
  void tell(std::uint64_t number, std::string wrong) {
    std::uint64_t mask = what_.deeds;
    if (!storm_) {
      std::size_t const count = done_.size();
      for (std::size_t n = 0; n < count && n < 64; ++n) {
        std::uint64_t const less = mask & ~(std::uint64_t{1} << n);
        if (less == mask) continue;
        if (auto again = run_case(number, less); !again.empty()) wrong = again, mask = less;
      }
      (void)run_case(number, mask);
    }
    std::fprintf(stderr, "violation: case %llu: %s\n", static_cast<unsigned long long>(number), wrong.c_str());
    for (auto const& title : titles_) std::fprintf(stderr, "  a victim: %s\n", title.c_str());
    std::fprintf(stderr, "  objects made by the %s%s\n", owned_by_peer_ ? "peer" : "victim",
                 storm_ ? "; a storm of deeds" : "");
    for (std::size_t n = 0; n < done_.size(); ++n) {
      if (done_[n].second && done_[n].first.what != deed::kind::none)
        std::fprintf(stderr, "  at moment %zu: %s\n", n, done_[n].first.text().c_str());
    }
    std::fprintf(stderr, "  again: hostile_campaign --case %llu --deeds %#llx\n",
                 static_cast<unsigned long long>(number), static_cast<unsigned long long>(mask));
  }

  plan const& what_;
  bool several_ = ::geteuid() == 0;
  coview_test::private_root root_{};
  reports reports_{};
  std::string private_file_{};
  std::unique_ptr<party> bystander_{};
  std::vector<std::pair<deed, bool>> done_{};
  std::vector<std::string> titles_{};
  bool cut_ = false;  // a file was shortened
  bool storm_ = false;
  bool quiet_ = false;
  bool owned_by_peer_ = false;
  std::set<std::string> told_{};
  std::uint64_t violations_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t errors_ = 0;
};

bool read_number(std::string_view text, std::uint64_t& out, int base = 10) {
  if (base == 16 && text.starts_with("0x")) text.remove_prefix(2);
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return failure == std::errc{} && end == text.data() + text.size();
}

bool read_option(std::string_view option, std::string_view value, plan& out) {
  std::uint64_t number = 0;
  if (option == "--deeds") return read_number(value, out.deeds, 16);
  if (option == "--break") {
    out.fault = value;
    return std::ranges::find(planted, value) != planted.end();
  }
  if (!read_number(value, number)) return false;
  if (option == "--seed" || option == "--case") out.seed = number;
  if (option == "--case") out.single = true;
  if (option == "--seconds") out.limit = std::chrono::seconds(number);
  if (option == "--cases") out.cases = number;
  return option == "--seed" || option == "--case" || option == "--seconds" || option == "--cases";
}

}  // namespace

int main(int argc, char** argv) {
  plan what;
  for (int i = 1; i < argc; i += 2) {
    std::string_view const option = argv[i];
    if (option == "--keep-going" || option == "--stores-only" || option == "--channels") {
      (option == "--keep-going" ? what.keep_going : option == "--channels" ? what.channels : what.stores_only) = true;
      --i;
      continue;
    }
    if (i + 1 < argc && read_option(argv[i], argv[i + 1], what)) continue;
    std::fputs(
        "usage: hostile_campaign [--seed S] [--seconds LIMIT] [--cases N] [--case NUMBER [--deeds MASK]]\n"
        "                        [--stores-only] [--channels] [--keep-going] [--break owner|word|length|size]\n",
        stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return hostile_campaign(what).run();
  } catch (std::exception const& e) {
    std::fprintf(stderr, "hostile_campaign: %s\n", e.what());
    return 2;
  }
}
