/* SPDX-License-Identifier: Apache-2.0 */
/* Settings in a text file, and files as in the days before Win32. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static void list(char const* what, char const* text, DWORD length) {
  printf("%s (%lu):", what, length);
  for (; *text != '\0'; text += strlen(text) + 1) printf(" [%s]", text);
  printf("\n");
}

int main(void) {
  char path[MAX_PATH], text[256], small[8];
  struct {
    DWORD a;
    BYTE b[3];
  } data = {0x12345678, {1, 2, 3}}, back;
  HFILE file;
  DWORD length;
  GetCurrentDirectoryA(sizeof path, path);
  strcat(path, "\\settings.ini");
  memset(&data.b[3], 0, sizeof data - 7);

  file = _lcreat(path, 0);
  printf("%u",
         _lwrite(file, "; a comment\r\n[Window]\r\nWidth = 640\r\nTitle=\" two words \"\r\n\r\n[Empty]\r\n", 68));
  printf(" %ld", _llseek(file, 0, FILE_END));
  printf(" %d\n", _lclose(file));
  file = _lopen("nothing.ini", OF_READ);
  printf("%d %lu\n", file == HFILE_ERROR, GetLastError());

  printf("%u %u %u\n", GetPrivateProfileIntA("window", "WIDTH", 1, path),
         GetPrivateProfileIntA("window", "height", 480, path), GetPrivateProfileIntA("Window", "Title", 3, path));
  length = GetPrivateProfileStringA("Window", "Title", "none", text, sizeof text, path);
  printf("%lu <%s>\n", length, text);
  length = GetPrivateProfileStringA("Window", "Colour", "dark red  ", text, sizeof text, path);
  printf("%lu <%s>\n", length, text);
  length = GetPrivateProfileStringA("Window", "Colour", "dark red", small, sizeof small, path);
  printf("%lu <%s>\n", length, small);
  printf("%d", WritePrivateProfileStringA("Window", "Height", "0x30", path));
  printf("%d", WritePrivateProfileStringA("Window", "width", "800", path));
  printf("%d\n", WritePrivateProfileStringA("Other", "Key", "Value=with equals", path));
  printf("%u %u\n", GetPrivateProfileIntA("Window", "Width", 0, path),
         GetPrivateProfileIntA("Window", "Height", 0, path));
  length = GetPrivateProfileStringA(NULL, NULL, NULL, text, sizeof text, path);
  list("sections", text, length);
  length = GetPrivateProfileStringA("Window", NULL, NULL, text, sizeof text, path);
  list("keys", text, length);
  length = GetPrivateProfileSectionA("Other", text, sizeof text, path);
  list("section", text, length);
  printf("%d", WritePrivateProfileStringA("Window", "Title", NULL, path));
  printf("%d\n", WritePrivateProfileStringA("Other", NULL, NULL, path));
  length = GetPrivateProfileSectionNamesA(text, sizeof text, path);
  list("sections", text, length);
  printf("%d", WritePrivateProfileStructA("Data", "Blob", &data, sizeof data, path));
  printf("%d", GetPrivateProfileStructA("Data", "Blob", &back, sizeof back, path));
  printf(" %d\n", memcmp(&data, &back, sizeof data) == 0);
  file = _lopen(path, OF_READWRITE | OF_SHARE_EXCLUSIVE);
  length = _lread(file, text, 8);
  printf("%lu %.8s\n", length, text);
  _lclose(file);
  DeleteFileA(path);
  return 0;
}
