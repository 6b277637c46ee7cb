// SPDX-License-Identifier: Apache-2.0
#include "top/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <fmt/format.h>
#include <string>

// As functions: its macros have everyday names.
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "os/environment.hpp"
#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

constexpr short alarm_pair = 1;

attr_t attributes(ink how, bool colour) {
  auto const red = colour ? static_cast<attr_t>(COLOR_PAIR(alarm_pair)) : static_cast<attr_t>(A_BOLD);
  switch (how) {
    case ink::plain:
      break;
    case ink::bold:
      return A_BOLD;
    case ink::dim:
      return A_DIM;
    case ink::marked:
      return A_REVERSE;
    case ink::alarm:
      return red;
    case ink::marked_alarm:
      return A_REVERSE | red;
  }
  return A_NORMAL;
}

char32_t of_curses(wint_t code) {
  switch (code) {
    case KEY_UP:
      return key::up;
    case KEY_DOWN:
      return key::down;
    case KEY_PPAGE:
      return key::page_up;
    case KEY_NPAGE:
      return key::page_down;
    case KEY_HOME:
      return key::home;
    case KEY_END:
      return key::end;
    case KEY_BACKSPACE:
      return key::backspace;
    case KEY_ENTER:
      return key::enter;
    default:
      return key::special;  // one that nobody asks for
  }
}

}  // namespace

screen::screen(bool colour) : terminal_(newterm(nullptr, stdout, stdin)) {
  if (terminal_ == nullptr) {
    char const* const name = os::environment("TERM");
    throw failure(
        exit_failed,
        fmt::format("nothing can be drawn on a terminal of the kind '{}'", escape(name != nullptr ? name : "")),
        "'coview top --once' prints a table");
  }
  set_term(static_cast<SCREEN*>(terminal_));
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  // What follows Escape later than this is another key.
  constexpr int milliseconds = 25;
  set_escdelay(milliseconds);
  curs_set(0);
  if (colour && has_colors() && start_color() == OK && use_default_colors() == OK) {
    colour_ = init_pair(alarm_pair, COLOR_RED, -1) == OK;
  }
}

screen::~screen() {
  endwin();
  delscreen(static_cast<SCREEN*>(terminal_));
}

std::size_t screen::rows() const {
  return static_cast<std::size_t>(getmaxy(stdscr));
}

std::size_t screen::columns() const {
  return static_cast<std::size_t>(getmaxx(stdscr));
}

void screen::resize() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
    resizeterm(size.ws_row, size.ws_col);
  }
}

void screen::clear() {
  werase(stdscr);
}

void screen::put(std::size_t row, std::size_t column, std::string_view text, ink how) {
  if (row >= rows() || column >= columns()) return;
  auto const fitting = shorten(text, columns() - column);
  wattrset(stdscr, static_cast<int>(attributes(how, colour_)));
  mvwaddnstr(stdscr, static_cast<int>(row), static_cast<int>(column), fitting.data(),
             static_cast<int>(fitting.size()));
  wattrset(stdscr, static_cast<int>(A_NORMAL));
}

void screen::show() {
  wrefresh(stdscr);
}

char32_t screen::typed() {
  wint_t code = 0;
  int const kind = wget_wch(stdscr, &code);
  if (kind == KEY_CODE_YES) return of_curses(code);
  if (kind == ERR) return key::none;
  if (code == '\b') return key::backspace;
  return code == '\r' ? key::enter : static_cast<char32_t>(code);
}

}  // namespace coview::tool
