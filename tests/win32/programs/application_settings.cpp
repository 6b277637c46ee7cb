// SPDX-License-Identifier: Apache-2.0
// An application's settings: a class over profile strings in wide characters, with numbers, switches, lists and a
// window's place; a file that somebody has edited by hand, and one that cannot be had.
#ifndef UNICODE
#define UNICODE
#endif
#ifndef _UNICODE
#define _UNICODE
#endif
#include <stdio.h>
#include <string.h>
#include <tchar.h>
#include <windows.h>

#include <string>
#include <vector>

class CSettings {
 public:
  explicit CSettings(LPCTSTR lpszFile) {
    TCHAR szFolder[MAX_PATH];
    GetCurrentDirectory(MAX_PATH, szFolder);
    m_strPath = szFolder;
    m_strPath += TEXT("\\");
    m_strPath += lpszFile;
  }
  std::wstring GetString(LPCTSTR lpszSection, LPCTSTR lpszKey, LPCTSTR lpszDefault = TEXT("")) const {
    std::vector<TCHAR> text(16);
    for (;;) {
      DWORD const n = GetPrivateProfileString(lpszSection, lpszKey, lpszDefault, text.data(), (DWORD)text.size(),
                                              m_strPath.c_str());
      if (n + 1 < text.size()) return std::wstring(text.data(), n);
      text.resize(text.size() * 2);
    }
  }
  UINT GetInt(LPCTSTR lpszSection, LPCTSTR lpszKey, INT nDefault) const {
    return GetPrivateProfileInt(lpszSection, lpszKey, nDefault, m_strPath.c_str());
  }
  bool GetBool(LPCTSTR lpszSection, LPCTSTR lpszKey, bool bDefault) const {
    std::wstring const s = GetString(lpszSection, lpszKey, bDefault ? TEXT("yes") : TEXT("no"));
    return _tcsicmp(s.c_str(), TEXT("yes")) == 0 || _tcsicmp(s.c_str(), TEXT("true")) == 0 || s == TEXT("1");
  }
  BOOL Set(LPCTSTR lpszSection, LPCTSTR lpszKey, LPCTSTR lpszValue) {
    return WritePrivateProfileString(lpszSection, lpszKey, lpszValue, m_strPath.c_str());
  }
  BOOL Set(LPCTSTR lpszSection, LPCTSTR lpszKey, int nValue) {
    TCHAR szValue[16];
    _stprintf_s(szValue, TEXT("%d"), nValue);
    return Set(lpszSection, lpszKey, szValue);
  }
  std::vector<std::wstring> Keys(LPCTSTR lpszSection) const {
    TCHAR szKeys[512];
    std::vector<std::wstring> keys;
    GetPrivateProfileString(lpszSection, NULL, NULL, szKeys, 512, m_strPath.c_str());
    for (LPCTSTR p = szKeys; *p != 0; p += _tcslen(p) + 1) keys.push_back(p);
    return keys;
  }
  BOOL Remove(LPCTSTR lpszSection) { return Set(lpszSection, NULL, (LPCTSTR)NULL); }
  BOOL SetPlace(RECT const& r) {
    return WritePrivateProfileStruct(TEXT("Window"), TEXT("Place"), (LPVOID)&r, sizeof(r), m_strPath.c_str());
  }
  BOOL GetPlace(RECT& r, UINT uSize = sizeof(RECT)) const {
    return GetPrivateProfileStruct(TEXT("Window"), TEXT("Place"), &r, uSize, m_strPath.c_str());
  }
  LPCTSTR Path() const { return m_strPath.c_str(); }

 private:
  std::wstring m_strPath;
};

static void Show(char const* what, std::wstring const& text) {
  printf("%s <", what);
  for (wchar_t c : text) putchar(c < 128 ? (char)c : '?');
  printf(">\n");
}

int _tmain() {
  CSettings settings(TEXT("application.ini"));
  char const edited[] =
      "; edited by hand\r\n"
      "\r\n"
      "[ Main ]\r\n"
      "  Name  =   An application   \r\n"
      "Quoted = \"  kept  \"\r\n"
      "Single='also kept '\r\n"
      "Half=\"not closed\r\n"
      "Empty=\r\n"
      "Number=42 and more\r\n"
      "Negative=-7\r\n"
      "Text=forty\r\n"
      "Autosave=YES\r\n"
      "Twice=first\r\n"
      "twice=second\r\n"
      "no equals sign\r\n"
      "Equation=a=b=c\r\n"
      "# = 1\r\n"
      "[Recent]\r\n"
      "1=one.txt\r\n"
      "2=two.txt\r\n"
      "10=ten.txt\r\n"
      "[Main]\r\n"
      "Name=of a second section\r\n"
      "Last=no line's end";
  HANDLE hFile = CreateFile(settings.Path(), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  DWORD dwWritten;
  WriteFile(hFile, edited, sizeof(edited) - 1, &dwWritten, NULL);
  CloseHandle(hFile);

  Show("name", settings.GetString(TEXT("main"), TEXT("NAME")));
  Show("quoted", settings.GetString(TEXT("Main"), TEXT("Quoted")));
  Show("single", settings.GetString(TEXT("Main"), TEXT("Single")));
  Show("half", settings.GetString(TEXT("Main"), TEXT("Half")));
  Show("empty", settings.GetString(TEXT("Main"), TEXT("Empty"), TEXT("default")));
  Show("missing", settings.GetString(TEXT("Main"), TEXT("Missing"), TEXT("a default of some length, and no blanks")));
  Show("twice", settings.GetString(TEXT("Main"), TEXT("Twice")));
  Show("equation", settings.GetString(TEXT("Main"), TEXT("Equation")));
  Show("no section", settings.GetString(TEXT("Nothing"), TEXT("Name"), TEXT("default")));
  printf("numbers %u %d %u %u\n", settings.GetInt(TEXT("Main"), TEXT("Number"), 1),
         (int)settings.GetInt(TEXT("Main"), TEXT("Negative"), 1), settings.GetInt(TEXT("Main"), TEXT("Text"), 5),
         settings.GetInt(TEXT("Main"), TEXT("Empty"), 6));
  printf("switches %d %d\n", settings.GetBool(TEXT("Main"), TEXT("Autosave"), false),
         settings.GetBool(TEXT("Main"), TEXT("Sound"), true));
  for (std::wstring const& key : settings.Keys(TEXT("Recent")))
    Show("recent", key + TEXT(": ") + settings.GetString(TEXT("Recent"), key.c_str()));

  printf("written %d", settings.Set(TEXT("Main"), TEXT("name"), TEXT("Renamed")));
  printf(" %d", settings.Set(TEXT("Main"), TEXT("Volume"), -3));
  printf(" %d\n", settings.Set(TEXT("Brand new"), TEXT("Key"), TEXT("  blanks  ")));
  Show("name", settings.GetString(TEXT("Main"), TEXT("Name")));
  printf("volume %d\n", (int)settings.GetInt(TEXT("Main"), TEXT("volume"), 0));
  Show("new", settings.GetString(TEXT("brand NEW"), TEXT("Key")));
  RECT rPlace = {10, 20, 650, 500}, rBack = {0, 0, 0, 0};
  printf("place %d", settings.SetPlace(rPlace));
  printf(" %d", settings.GetPlace(rBack));
  printf(" %ld %ld", (long)rBack.right, (long)rBack.bottom);
  printf(", of a wrong size %d\n", settings.GetPlace(rBack, sizeof(rBack) - 4));
  Show("as text", settings.GetString(TEXT("Window"), TEXT("Place")));
  settings.Set(TEXT("Window"), TEXT("Place"), TEXT("0A00000014000000"));
  printf("spoilt %d\n", settings.GetPlace(rBack));
  printf("removed %d", settings.Remove(TEXT("Recent")));
  printf(", keys left %d\n", (int)settings.Keys(TEXT("Recent")).size());
  printf("key removed %d", settings.Set(TEXT("Main"), TEXT("Quoted"), (LPCTSTR)NULL));
  Show("", settings.GetString(TEXT("Main"), TEXT("Quoted"), TEXT("gone")));

  TCHAR szSmall[6];
  SetLastError(0);
  DWORD n = GetPrivateProfileString(TEXT("Main"), TEXT("Name"), NULL, szSmall, 6, settings.Path());
  printf("small %lu", n);
  Show("", szSmall);
  n = GetPrivateProfileSectionNames(szSmall, 6, settings.Path());
  printf("small names %lu", n);
  Show("", szSmall);
  CSettings missing(TEXT("no folder\\application.ini"));
  Show("missing file", missing.GetString(TEXT("Main"), TEXT("Name"), TEXT("default")));
  printf("not written %d\n", missing.Set(TEXT("Main"), TEXT("Name"), TEXT("x")));
  return !DeleteFile(settings.Path());
}
