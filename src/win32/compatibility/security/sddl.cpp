// SPDX-License-Identifier: Apache-2.0
// Security descriptors as text: "O:…G:…D:flags(type;flags;rights;;;sid)…".
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include <coview/win32/sddl.h>
#include <coview/win32/winbase_text.h>

#include "win32/core/handles/last_error.hpp"
#include "win32/core/security/sid.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

struct word {
  std::string_view text;
  DWORD value;
};
constexpr std::array<word, 25> rights = {{
    {"GA", GENERIC_ALL},
    {"GR", GENERIC_READ},
    {"GW", GENERIC_WRITE},
    {"GX", GENERIC_EXECUTE},
    {"RC", READ_CONTROL},
    {"SD", DELETE},
    {"WD", WRITE_DAC},
    {"WO", WRITE_OWNER},
    {"FA", FILE_ALL_ACCESS},
    {"FR", FILE_GENERIC_READ},
    {"FW", FILE_GENERIC_WRITE},
    {"FX", FILE_GENERIC_EXECUTE},
    {"KA", 0xF003F},
    {"KR", 0x20019},
    {"KW", 0x20006},
    {"KX", 0x20019},
    {"CC", 0x1},
    {"DC", 0x2},
    {"LC", 0x4},
    {"SW", 0x8},
    {"RP", 0x10},
    {"WP", 0x20},
    {"DT", 0x40},
    {"LO", 0x80},
    {"CR", 0x100},
}};
constexpr std::array<word, 7> ace_flags = {{
    {"OI", OBJECT_INHERIT_ACE},
    {"CI", CONTAINER_INHERIT_ACE},
    {"NP", NO_PROPAGATE_INHERIT_ACE},
    {"IO", INHERIT_ONLY_ACE},
    {"ID", INHERITED_ACE},
    {"SA", 0x40},
    {"FA", 0x80},
}};
constexpr std::array<word, 4> ace_types = {{
    {"A", ACCESS_ALLOWED_ACE_TYPE},
    {"D", ACCESS_DENIED_ACE_TYPE},
    {"AU", SYSTEM_AUDIT_ACE_TYPE},
    {"ML", SYSTEM_MANDATORY_LABEL_ACE_TYPE},
}};

/// What comes up to a character, which is taken as well.
std::string_view take_until(std::string_view& text, char end) {
  auto const at = text.find(end);
  if (at == std::string_view::npos) throw_code(ERROR_INVALID_ACL);
  auto const part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

template <std::size_t N>
DWORD look_up(std::array<word, N> const& words, std::string_view text) {
  for (auto const& one : words) {
    if (one.text == text) return one.value;
  }
  throw_code(ERROR_INVALID_ACL);
}

template <std::size_t N>
DWORD words_of_two(std::array<word, N> const& words, std::string_view text) {
  DWORD all = 0;
  for (; !text.empty(); text.remove_prefix(2)) {
    if (text.size() < 2) throw_code(ERROR_INVALID_ACL);
    all |= look_up(words, text.substr(0, 2));
  }
  return all;
}

DWORD rights_of(std::string_view text) {
  DWORD value = 0;
  if (text.empty() || text[0] < '0' || text[0] > '9') return words_of_two(rights, text);
  bool const hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (failure != std::errc{} || end != text.data() + text.size()) throw_code(ERROR_INVALID_ACL);
  return value;
}

sid_bytes sid_of(std::string_view text) {
  auto sid = parse_sid(text);
  if (!sid) throw_code(ERROR_INVALID_SID);
  return std::move(*sid);
}

void append(std::vector<std::byte>& out, void const* bytes, std::size_t length) {
  auto const* const first = static_cast<std::byte const*>(bytes);
  out.insert(out.end(), first, first + length);
}

/// "(A;;GA;;;WD)" without the parentheses.
void append_ace(std::vector<std::byte>& acl, std::string_view text) {
  auto const type = look_up(ace_types, take_until(text, ';'));
  auto const flags = words_of_two(ace_flags, take_until(text, ';'));
  auto const rights_text = take_until(text, ';');
  take_until(text, ';');
  take_until(text, ';');
  auto const sid = sid_of(text);
  DWORD const mask = type == SYSTEM_MANDATORY_LABEL_ACE_TYPE ? 1 : rights_of(rights_text);
  ACE_HEADER const head{static_cast<BYTE>(type), static_cast<BYTE>(flags),
                        static_cast<WORD>(offsetof(ACCESS_ALLOWED_ACE, SidStart) + sid.size())};
  append(acl, &head, sizeof head);
  append(acl, &mask, sizeof mask);
  append(acl, sid.data(), sid.size());
}

/// Flags and entries of "D:" or "S:", up to the next part.
std::vector<std::byte> parse_acl(std::string_view& text, bool& none, SECURITY_DESCRIPTOR_CONTROL& control) {
  none = false;
  while (!text.empty() && text.front() != '(') {
    if (text.size() > 1 && text[1] == ':') break;
    if (text.starts_with("NO_ACCESS_CONTROL")) {
      none = true;
      text.remove_prefix(std::strlen("NO_ACCESS_CONTROL"));
    } else if (text.starts_with("AR") || text.starts_with("AI")) {
      if (text[1] == 'I') control |= SE_DACL_AUTO_INHERITED;
      text.remove_prefix(2);
    } else if (text.front() == 'P') {
      control |= SE_DACL_PROTECTED;
      text.remove_prefix(1);
    } else {
      throw_code(ERROR_INVALID_ACL);
    }
  }
  std::vector<std::byte> bytes(sizeof(ACL));
  ACL head{ACL_REVISION, 0, 0, 0, 0};
  while (!text.empty() && text.front() == '(') {
    text.remove_prefix(1);
    append_ace(bytes, take_until(text, ')'));
    ++head.AceCount;
  }
  head.AclSize = static_cast<WORD>(bytes.size());
  std::memcpy(bytes.data(), &head, sizeof head);
  return bytes;
}

std::vector<std::byte> parse_descriptor(std::string_view text) {
  descriptor_parts parts;
  sid_bytes owner;
  sid_bytes group;
  std::vector<std::byte> dacl;
  std::vector<std::byte> sacl;
  while (!text.empty()) {
    if (text.size() < 2 || text[1] != ':') throw_code(ERROR_INVALID_PARAMETER);
    char const what = text.front();
    text.remove_prefix(2);
    bool none = false;
    SECURITY_DESCRIPTOR_CONTROL ignored = 0;
    // A SID ends where the next part begins: at a letter that a colon follows.
    auto const colon = text.find(':');
    auto const sid_end = colon == std::string_view::npos || colon == 0 ? text.size() : colon - 1;
    switch (what) {
      case 'O':
        owner = sid_of(text.substr(0, sid_end));
        text.remove_prefix(sid_end);
        parts.owner = &as_sid(owner);
        break;
      case 'G':
        group = sid_of(text.substr(0, sid_end));
        text.remove_prefix(sid_end);
        parts.group = &as_sid(group);
        break;
      case 'D':
        dacl = parse_acl(text, none, parts.control);
        parts.control |= SE_DACL_PRESENT;
        parts.dacl = none ? nullptr : reinterpret_cast<ACL const*>(dacl.data());
        break;
      case 'S':
        sacl = parse_acl(text, none, ignored);
        parts.control |= SE_SACL_PRESENT;
        parts.sacl = none ? nullptr : reinterpret_cast<ACL const*>(sacl.data());
        break;
      default:
        throw_code(ERROR_INVALID_PARAMETER);
    }
  }
  return to_self_relative(parts);
}

void* local_copy(void const* bytes, std::size_t length) {
  void* const made = LocalAlloc(LMEM_FIXED, length);
  if (made == nullptr) throw_code(ERROR_NOT_ENOUGH_MEMORY);
  std::memcpy(made, bytes, length);
  return made;
}
char* local_text(std::string const& text, char* /*kind*/) {
  return static_cast<char*>(local_copy(text.c_str(), text.size() + 1));
}
wchar_t* local_text(std::string const& text, wchar_t* /*kind*/) {
  auto const wide = to_wide(text);
  return static_cast<wchar_t*>(local_copy(wide.c_str(), (wide.size() + 1) * sizeof(wchar_t)));
}

template <class Char>
BOOL from_text(Char const* text, DWORD revision, PSECURITY_DESCRIPTOR* out, PULONG size) {
  return guarded(
      [&] {
        if (text == nullptr || out == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        if (revision != SDDL_REVISION_1) return refuse(ERROR_UNKNOWN_REVISION);
        auto const bytes = parse_descriptor(utf8_from(text));
        *out = local_copy(bytes.data(), bytes.size());
        if (size != nullptr) *size = static_cast<ULONG>(bytes.size());
        return TRUE;
      },
      FALSE);
}

std::string rights_text(ACCESS_MASK mask) {
  for (auto const& one : rights) {
    if (one.value == mask) return std::string(one.text);
  }
  // Several words one after the other, in the order that Windows has, where they say all of it; else a number.
  std::string several;
  ACCESS_MASK rest = mask;
  for (auto const* const text :
       {"CC", "DC", "LC", "SW", "RP", "WP", "DT", "LO", "CR", "SD", "RC", "WD", "WO", "GA", "GX", "GW", "GR"}) {
    auto const one = std::find_if(rights.begin(), rights.end(), [text](word const& it) { return it.text == text; });
    if ((rest & one->value) == 0) continue;
    several += text;
    rest &= ~one->value;
  }
  if (rest == 0 && mask != 0) return several;
  std::array<char, 16> digits{};
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), mask, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string acl_text(ACL const& acl) {
  std::string text;
  for_each_ace(acl, [&](ACE_HEADER const& ace, ACCESS_MASK mask, SID const& sid) {
    text += "(";
    for (auto const& type : ace_types) {
      if (type.value == ace.AceType) text += type.text;
    }
    text += ";";
    for (auto const& flag : ace_flags) {
      if ((ace.AceFlags & flag.value) != 0) text += flag.text;
    }
    bool const label = ace.AceType == SYSTEM_MANDATORY_LABEL_ACE_TYPE;
    text.append(";").append(label ? "NW" : rights_text(mask));
    text.append(";;;").append(sid_alias(sid)).append(")");
  });
  return text;
}

std::string descriptor_text(descriptor_parts const& parts, SECURITY_INFORMATION wanted) {
  std::string text;
  if ((wanted & OWNER_SECURITY_INFORMATION) != 0 && parts.owner != nullptr) text += "O:" + sid_alias(*parts.owner);
  if ((wanted & GROUP_SECURITY_INFORMATION) != 0 && parts.group != nullptr) text += "G:" + sid_alias(*parts.group);
  if ((wanted & DACL_SECURITY_INFORMATION) != 0 && (parts.control & SE_DACL_PRESENT) != 0) {
    text += "D:";
    if ((parts.control & SE_DACL_PROTECTED) != 0) text += "P";
    if ((parts.control & SE_DACL_AUTO_INHERITED) != 0) text += "AI";
    text += parts.dacl == nullptr ? "NO_ACCESS_CONTROL" : acl_text(*parts.dacl);
  }
  if ((wanted & (SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION)) != 0 && parts.sacl != nullptr)
    text += "S:" + acl_text(*parts.sacl);
  return text;
}

template <class Char>
BOOL to_text(PSECURITY_DESCRIPTOR descriptor, DWORD revision, SECURITY_INFORMATION wanted, Char** out,
             PULONG length) {
  return guarded(
      [&] {
        descriptor_parts parts;
        if (revision != SDDL_REVISION_1) return refuse(ERROR_UNKNOWN_REVISION);
        if (DWORD const code = read_descriptor(descriptor, parts)) return refuse(code);
        auto const text = descriptor_text(parts, wanted);
        *out = local_text(text, static_cast<Char*>(nullptr));
        if (length != nullptr) *length = static_cast<ULONG>(text.size() + 1);
        return TRUE;
      },
      FALSE);
}

template <class Char>
BOOL sid_to_text(PSID sid, Char** out) {
  return guarded(
      [&] {
        if (out == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        if (!is_sid(sid)) return refuse(ERROR_INVALID_SID);
        *out = local_text(sid_text(*static_cast<SID const*>(sid)), static_cast<Char*>(nullptr));
        return TRUE;
      },
      FALSE);
}

template <class Char>
BOOL sid_from_text(Char const* text, PSID* out) {
  return guarded(
      [&] {
        if (text == nullptr || out == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        auto const sid = sid_of(utf8_from(text));
        *out = local_copy(sid.data(), sid.size());
        return TRUE;
      },
      FALSE);
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

BOOL ConvertStringSecurityDescriptorToSecurityDescriptorA(LPCSTR StringSecurityDescriptor, DWORD StringSDRevision,
                                                          PSECURITY_DESCRIPTOR* SecurityDescriptor,
                                                          PULONG SecurityDescriptorSize) {
  return from_text(StringSecurityDescriptor, StringSDRevision, SecurityDescriptor, SecurityDescriptorSize);
}

BOOL ConvertStringSecurityDescriptorToSecurityDescriptorW(LPCWSTR StringSecurityDescriptor, DWORD StringSDRevision,
                                                          PSECURITY_DESCRIPTOR* SecurityDescriptor,
                                                          PULONG SecurityDescriptorSize) {
  return from_text(StringSecurityDescriptor, StringSDRevision, SecurityDescriptor, SecurityDescriptorSize);
}

BOOL ConvertSecurityDescriptorToStringSecurityDescriptorA(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                                          DWORD RequestedStringSDRevision,
                                                          SECURITY_INFORMATION SecurityInformation,
                                                          LPSTR* StringSecurityDescriptor,
                                                          PULONG StringSecurityDescriptorLen) {
  return to_text(SecurityDescriptor, RequestedStringSDRevision, SecurityInformation, StringSecurityDescriptor,
                 StringSecurityDescriptorLen);
}

BOOL ConvertSecurityDescriptorToStringSecurityDescriptorW(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                                          DWORD RequestedStringSDRevision,
                                                          SECURITY_INFORMATION SecurityInformation,
                                                          LPWSTR* StringSecurityDescriptor,
                                                          PULONG StringSecurityDescriptorLen) {
  return to_text(SecurityDescriptor, RequestedStringSDRevision, SecurityInformation, StringSecurityDescriptor,
                 StringSecurityDescriptorLen);
}

BOOL ConvertSidToStringSidA(PSID Sid, LPSTR* StringSid) {
  return sid_to_text(Sid, StringSid);
}

BOOL ConvertSidToStringSidW(PSID Sid, LPWSTR* StringSid) {
  return sid_to_text(Sid, StringSid);
}

BOOL ConvertStringSidToSidA(LPCSTR StringSid, PSID* Sid) {
  return sid_from_text(StringSid, Sid);
}

BOOL ConvertStringSidToSidW(LPCWSTR StringSid, PSID* Sid) {
  return sid_from_text(StringSid, Sid);
}
