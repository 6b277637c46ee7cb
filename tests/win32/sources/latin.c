/* SPDX-License-Identifier: Apache-2.0 */
/* Kommentare und Texte mit Umlauten: größte Größe, déjà vu. */
#include <stdio.h>
#include <windows.h>

int main(void) {
  HANDLE event = CreateEventA(NULL, TRUE, FALSE, "Größe");
  HANDLE again = OpenEventW(EVENT_MODIFY_STATE, FALSE, L"Größe");
  printf("%s %d\n", "déjà vu", again != NULL);
  return event != NULL && again != NULL && SetEvent(again) ? 0 : 1;
}
