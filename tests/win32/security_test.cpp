// SPDX-License-Identifier: Apache-2.0
// Security descriptors: how they are built and read, and what they decide.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include <coview/win32/aclapi.h>
#include <coview/win32/sddl.h>

#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

struct local_descriptor {
  PSECURITY_DESCRIPTOR at = nullptr;
  explicit local_descriptor(char const* text) {
    EXPECT_TRUE(ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &at, nullptr)) << text;
  }
  local_descriptor(local_descriptor const&) = delete;
  local_descriptor& operator=(local_descriptor const&) = delete;
  ~local_descriptor() { LocalFree(at); }
};

HANDLE with_text(char const* sddl, char const* name) {
  local_descriptor const descriptor(sddl);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, descriptor.at, FALSE};
  return CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 4096, name);
}

mode_t mode_of_only_file(scoped_root const& root) {
  auto const files = root.files();
  EXPECT_EQ(files.size(), 1U);
  struct stat status {};
  if (!files.empty()) stat((root.path() / files.front()).c_str(), &status);
  return status.st_mode & 0777U;
}

TEST(Security, DescriptorBecomesAMode_SA01_SA04) {
  struct {
    char const* sddl;
    mode_t mode;
  } const cases[] = {
      {"D:NO_ACCESS_CONTROL", 0666},
      {"D:(A;;GA;;;WD)", 0666},
      {"D:(A;;GR;;;WD)(A;;GA;;;OW)", 0644},
      {"D:(A;;GA;;;BA)(A;;GA;;;SY)", 0600},
      {"D:(A;;0x2;;;AU)", 0666},
      {"D:(D;;GW;;;WD)(A;;GA;;;WD)", 0644},
      {"O:BA", 0600},
  };
  for (auto const& one : cases) {
    scoped_root const root;
    scoped_handle const made = with_text(one.sddl, "m");
    ASSERT_NE(made.get(), nullptr) << one.sddl;
    EXPECT_EQ(mode_of_only_file(root), one.mode) << one.sddl;
  }
  scoped_root const root;
  scoped_handle const plain = memory(4096, "m");
  EXPECT_EQ(mode_of_only_file(root), mode_t{0600});
}

TEST(Security, NullDaclIsForEveryone_SA04) {
  scoped_root const root;
  SECURITY_DESCRIPTOR descriptor;
  ASSERT_TRUE(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
  ASSERT_TRUE(SetSecurityDescriptorDacl(&descriptor, TRUE, nullptr, FALSE));
  SECURITY_ATTRIBUTES attributes{sizeof attributes, &descriptor, FALSE};
  scoped_handle const made = CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 4096, "m");
  ASSERT_NE(made.get(), nullptr);
  EXPECT_EQ(mode_of_only_file(root), mode_t{0666});
}

TEST(Security, OwnersRightsAreEnforced_C24) {
  scoped_root const root;
  std::string const readers = "D:(A;;GR;;;WD)";
  scoped_handle const made = with_text(readers.c_str(), "m");
  scoped_handle const reader = OpenFileMappingA(FILE_MAP_READ, FALSE, "m");
  EXPECT_NE(reader.get(), nullptr);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, OpenFileMappingA(FILE_MAP_WRITE, FALSE, "m"));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, memory(4096, "m"));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, memory(4096, "m", PAGE_READONLY));  // asks for all standard rights
  scoped_handle const most = OpenFileMappingA(MAXIMUM_ALLOWED, FALSE, "m");
  ASSERT_NE(most.get(), nullptr);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(most, FILE_MAP_WRITE, 0, 0, 0));
}

TEST(Security, StrangersAreKeptOutOrLetIn) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  scoped_root const root(01777);
  scoped_handle const open = with_text("D:(A;;GR;;;WD)(A;;GA;;;OW)", "Global\\readable");
  scoped_handle const shut = memory(4096, "Global\\private");
  ASSERT_NE(open.get(), nullptr);
  constexpr uid_t nobody = 65534;
  child other(nobody, [](parent_link const& parent) {
    HANDLE const readable = OpenFileMappingA(FILE_MAP_READ, FALSE, "Global\\readable");
    parent.say(readable != nullptr && MapViewOfFile(readable, FILE_MAP_READ, 0, 0, 0) != nullptr ? "reads" : "no");
    OpenFileMappingA(FILE_MAP_WRITE, FALSE, "Global\\readable");
    parent.say(std::to_string(GetLastError()));
    OpenFileMappingA(FILE_MAP_READ, FALSE, "Global\\private");
    parent.say(std::to_string(GetLastError()));
  });
  EXPECT_EQ(other.hear(), "reads");
  EXPECT_EQ(other.hear(), "5");
  EXPECT_EQ(other.hear(), "5");
}

TEST(Security, BadDescriptors_SA05) {
  EXPECT_FAILS(ERROR_UNKNOWN_REVISION, FALSE, InitializeSecurityDescriptor(nullptr, 7));
  SECURITY_DESCRIPTOR descriptor{};
  SECURITY_ATTRIBUTES attributes{0, &descriptor, FALSE};  // the length need not be right, the revision must
  scoped_root const root;
  EXPECT_FAILS(ERROR_UNKNOWN_REVISION, nullptr,
               CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 4096, "m"));
  EXPECT_FAILS(ERROR_UNKNOWN_REVISION, FALSE, SetSecurityDescriptorDacl(&descriptor, TRUE, nullptr, FALSE));
  EXPECT_FAILS(ERROR_INVALID_SECURITY_DESCR, FALSE, IsValidSecurityDescriptor(&descriptor));
  PSECURITY_DESCRIPTOR out = nullptr;
  for (char const* const bad : {"X:", "D:(A;;GA;;;ZZ)", "D:(A;;GA", "D:(Q;;GA;;;WD)", "D:(A;;QQ;;;WD)", "garbage"})
    EXPECT_FALSE(ConvertStringSecurityDescriptorToSecurityDescriptorA(bad, SDDL_REVISION_1, &out, nullptr)) << bad;
  EXPECT_FAILS(ERROR_UNKNOWN_REVISION, FALSE,
               ConvertStringSecurityDescriptorToSecurityDescriptorA("D:", 9, &out, nullptr));
}

TEST(Security, TextThereAndBack) {
  for (char const* const text : {"O:BAG:SYD:P(A;OICI;GA;;;SY)(D;;GW;;;WD)", "D:NO_ACCESS_CONTROL",
                                 "D:(A;;0x12019f;;;S-1-5-21-1-2-3-500)", "D:"}) {
    local_descriptor const made(text);
    ASSERT_TRUE(IsValidSecurityDescriptor(made.at));
    LPSTR back = nullptr;
    ASSERT_TRUE(ConvertSecurityDescriptorToStringSecurityDescriptorA(
        made.at, SDDL_REVISION_1, OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
        &back, nullptr));
    EXPECT_STREQ(back, text);
    LocalFree(back);
  }
  PSID sid = nullptr;
  ASSERT_TRUE(ConvertStringSidToSidW(L"S-1-5-32-544", &sid));
  EXPECT_TRUE(IsWellKnownSid(sid, WinBuiltinAdministratorsSid));
  LPWSTR wide = nullptr;
  ASSERT_TRUE(ConvertSidToStringSidW(sid, &wide));
  EXPECT_EQ(std::wstring(wide), L"S-1-5-32-544");
  LocalFree(wide);
  LocalFree(sid);
}

TEST(Security, ListsAreBuiltEntryByEntry) {
  SID_IDENTIFIER_AUTHORITY world = SECURITY_WORLD_SID_AUTHORITY;
  PSID everyone = nullptr;
  ASSERT_TRUE(AllocateAndInitializeSid(&world, 1, SECURITY_WORLD_RID, 0, 0, 0, 0, 0, 0, 0, &everyone));
  alignas(ACL) char buffer[200];
  auto* const acl = reinterpret_cast<PACL>(buffer);
  ASSERT_TRUE(InitializeAcl(acl, sizeof buffer, ACL_REVISION));
  ASSERT_TRUE(AddAccessAllowedAce(acl, ACL_REVISION, FILE_MAP_READ, everyone));
  ASSERT_TRUE(AddAccessDeniedAce(acl, ACL_REVISION, FILE_MAP_WRITE, everyone));
  ACL_SIZE_INFORMATION size{};
  ASSERT_TRUE(GetAclInformation(acl, &size, sizeof size, AclSizeInformation));
  EXPECT_EQ(size.AceCount, 2U);
  void* entry = nullptr;
  ASSERT_TRUE(GetAce(acl, 1, &entry));
  EXPECT_EQ(static_cast<ACE_HEADER*>(entry)->AceType, ACCESS_DENIED_ACE_TYPE);
  EXPECT_TRUE(EqualSid(&static_cast<ACCESS_ALLOWED_ACE*>(entry)->SidStart, everyone));
  ASSERT_TRUE(DeleteAce(acl, 0));
  EXPECT_EQ(acl->AceCount, 1);
  EXPECT_TRUE(IsValidAcl(acl));
  for (int i = 0; i < 20; ++i) AddAccessAllowedAce(acl, ACL_REVISION, FILE_MAP_READ, everyone);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_ALLOTTED_SPACE_EXCEEDED});

  EXPLICIT_ACCESS_A access{};
  access.grfAccessPermissions = FILE_MAP_READ;
  access.grfAccessMode = SET_ACCESS;
  BuildTrusteeWithSidA(&access.Trustee, everyone);
  PACL made = nullptr;
  ASSERT_EQ(SetEntriesInAclA(1, &access, nullptr, &made), DWORD{ERROR_SUCCESS});
  SECURITY_DESCRIPTOR descriptor;
  InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
  SetSecurityDescriptorDacl(&descriptor, TRUE, made, FALSE);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, &descriptor, FALSE};
  scoped_root const root;
  scoped_handle const mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 4096, "m");
  EXPECT_EQ(mode_of_only_file(root), mode_t{0644});
  LocalFree(made);
  FreeSid(everyone);
}

TEST(Security, TokensTellWhoWeAre) {
  HANDLE token = nullptr;
  ASSERT_TRUE(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
  DWORD needed = 0;
  EXPECT_FAILS(ERROR_INSUFFICIENT_BUFFER, FALSE, GetTokenInformation(token, TokenUser, nullptr, 0, &needed));
  std::string buffer(needed, '\0');
  ASSERT_TRUE(GetTokenInformation(token, TokenUser, buffer.data(), needed, &needed));
  LPSTR text = nullptr;
  ASSERT_TRUE(ConvertSidToStringSidA(reinterpret_cast<TOKEN_USER*>(buffer.data())->User.Sid, &text));
  EXPECT_EQ(text, "S-1-22-1-" + std::to_string(geteuid()));
  LocalFree(text);
  LUID privilege{};
  EXPECT_TRUE(LookupPrivilegeValueA(nullptr, "SeDebugPrivilege", &privilege));
  EXPECT_EQ(privilege.LowPart, 20U);
  TOKEN_PRIVILEGES wanted{1, {{privilege, SE_PRIVILEGE_ENABLED}}};
  EXPECT_TRUE(AdjustTokenPrivileges(token, FALSE, &wanted, 0, nullptr, nullptr));
  EXPECT_EQ(GetLastError(), DWORD{ERROR_NOT_ALL_ASSIGNED});
  EXPECT_TRUE(CloseHandle(token));
}

TEST(Security, OfAnObject) {
  scoped_handle const mapping = memory(4096);
  PSID owner = nullptr;
  PACL dacl = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  ASSERT_EQ(GetSecurityInfo(mapping, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                            nullptr, &dacl, nullptr, &descriptor),
            DWORD{ERROR_SUCCESS});
  EXPECT_TRUE(IsValidSid(owner));
  EXPECT_EQ(dacl->AceCount, 1);
  LocalFree(descriptor);
}

}  // namespace
