// SPDX-License-Identifier: Apache-2.0
// Guarded blocks among C++: the standard library's headers before and behind <windows.h>, exceptions of the language
// through and around blocks, methods, lambdas, templates.
#include <windows.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

static int* volatile nowhere = nullptr;

template <class Action>
static bool faults(Action&& action) {
  __try {
    action();
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return true;
  }
  return false;
}

class reader {
 public:
  int read(int* from) {
    __try {
      ++calls_;
      return *from;
    } __except (allow(GetExceptionCode())) {
      ++failures_;
    }
    return -1;
  }
  int calls() const { return calls_; }
  int failures() const { return failures_; }

 private:
  int allow(DWORD code) {
    return code == EXCEPTION_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH;
  }
  int calls_ = 0;
  int failures_ = 0;
};

struct loud {
  explicit loud(char const* name) : name_(name) {}
  ~loud() { std::cout << "  end of " << name_ << std::endl; }
  char const* name_;
};

/// An exception of the language goes through a block like a return.
static void through(bool fails) {
  __try {
    loud inner("inner");
    if (fails) throw std::runtime_error("thrown");
  } __finally {
    std::cout << "  finally " << (AbnormalTermination() ? 1 : 0) << std::endl;
  }
}

static int choose(int which) {
  switch (which) {
    case 0:
#ifdef __clang__
      if (which == 0) return 10;  // clang wants the block in braces of its own
#else
      __try {
        return *nowhere;
      } __except (EXCEPTION_EXECUTE_HANDLER) {
        return 10;
      }
#endif
      break;
    case 1:
      return 20;
    default:
      break;
  }
  return 30;
}

int main() {
  std::cout << faults([] { *nowhere = 1; }) << faults([] {}) << faults([] { std::vector<int>(5).at(2) = 1; })
            << std::endl;
  reader one;
  int value = 5;
  std::cout << one.read(&value) << " " << one.read(nowhere) << " " << one.calls() << " " << one.failures()
            << std::endl;
  for (bool fails : {false, true}) {
    try {
      loud outer("outer");
      through(fails);
    } catch (std::exception const& error) {
      std::cout << "  caught " << error.what() << std::endl;
    }
  }
  std::cout << choose(0) << " " << choose(1) << " " << choose(2) << std::endl;
  std::map<std::string, int> counts;
  std::unordered_map<int, std::unique_ptr<int>> owned;
  std::list<std::function<void()>> actions;
  for (int i = 0; i < 3; ++i) {
    actions.push_back([&counts, i] {
      counts["called"]++;
      if (i == 1) *nowhere = i;
      counts["finished"]++;
    });
    owned[i] = std::make_unique<int>(i);
  }
  int failed = 0;
  for (auto& action : actions) {
    __try {
      action();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
      ++failed;
    }
  }
  std::cout << counts["called"] << " " << counts["finished"] << " " << failed << " " << owned.size() << std::endl;
}
