// SPDX-License-Identifier: Apache-2.0
// A companion of a racing game: it finds the game's pages of memory, reads them at the game's pace, notices when the
// game pauses, begins another session and ends. The game is this program's child.
#ifndef UNICODE
#define UNICODE
#endif
#ifndef _UNICODE
#define _UNICODE
#endif
#include <tchar.h>
#include <windows.h>

#include <cmath>
#include <cstdio>
#include <cstring>

#pragma pack(push)
#pragma pack(4)
enum GameStatus { GS_OFF = 0, GS_REPLAY, GS_LIVE, GS_PAUSE };
struct SPagePhysics {
  int packetId = 0;
  float gas = 0;
  float brake = 0;
  int gear = 0;
  int rpms = 0;
  float speedKmh = 0;
  float velocity[3];
  float wheelSlip[4];
  float carDamage[5];
  int pitLimiterOn;
};
struct SPageGraphic {
  int packetId = 0;
  GameStatus status = GS_OFF;
  unsigned short currentTime[15];
  int completedLaps;
  float normalizedCarPosition;
};
struct SPageStatic {
  unsigned short version[15];
  int numberOfSessions = 0;
  char carModel[33];
  char track[33];
};
#pragma pack(pop)
static_assert(sizeof(SPageGraphic) == 48, "the game's layout");
static_assert(offsetof(SPageStatic, carModel) == 36, "the game's layout");

template <class T>
struct SMElement {
  HANDLE hMapFile = nullptr;
  T* data = nullptr;
  bool create(LPCTSTR name) {
    hMapFile = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(T), name);
    data = (T*)MapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(T));
    return data != nullptr;
  }
  bool open(LPCTSTR name) {
    hMapFile = OpenFileMapping(FILE_MAP_READ, FALSE, name);
    if (!hMapFile) return false;
    data = (T*)MapViewOfFile(hMapFile, FILE_MAP_READ, 0, 0, sizeof(T));
    return data != nullptr;
  }
  void dismiss() {
    if (data) UnmapViewOfFile(data);
    if (hMapFile) CloseHandle(hMapFile);
    data = nullptr;
    hMapFile = nullptr;
  }
};

static SMElement<SPagePhysics> m_physics;
static SMElement<SPageGraphic> m_graphics;
static SMElement<SPageStatic> m_static;
static TCHAR const* const pages[] = {TEXT("Local\\acpmf_physics"), TEXT("Local\\acpmf_graphics"),
                                     TEXT("Local\\acpmf_static")};

static void set(unsigned short* to, char const* text) {
  while ((*to++ = (unsigned char)*text++) != 0) {
  }
}
static void show(unsigned short const* text) {
  for (; *text; ++text) putchar(*text);
}

static int game() {
  if (!m_physics.create(pages[0]) || !m_graphics.create(pages[1]) || !m_static.create(pages[2])) return 1;
  HANDLE frame = OpenEvent(EVENT_MODIFY_STATE, FALSE, TEXT("Local\\acpmf_frame"));
  HANDLE seen = OpenEvent(SYNCHRONIZE, FALSE, TEXT("Local\\acpmf_seen"));
  if (!frame || !seen) return 2;
  set(m_static.data->version, "1.7");
  strcpy(m_static.data->carModel, "ks_mazda_mx5_cup");
  strcpy(m_static.data->track, "magione");
  for (int i = 1; i <= 120; ++i) {
    m_physics.data->rpms = 1000 + i * 50;
    m_physics.data->gear = 1 + i / 30;
    m_physics.data->speedKmh = i * 1.5f;
    for (float& slip : m_physics.data->wheelSlip) slip = i / 100.0f;
    MemoryBarrier();
    m_physics.data->packetId = i;
    m_graphics.data->status = i > 40 && i <= 60 ? GS_PAUSE : GS_LIVE;
    m_graphics.data->completedLaps = i / 50;
    m_graphics.data->packetId = i / 2;
    if (i == 80) ++m_static.data->numberOfSessions;
    char time[15];
    sprintf(time, "%02d:%02d", i / 60, i % 60);
    set(m_graphics.data->currentTime, time);
    SignalObjectAndWait(frame, seen, INFINITE, FALSE);
  }
  return 3;
}

int _tmain(int argc, TCHAR* argv[]) {
  if (argc > 1) return game();
  SetLastError(0);
  printf("before the game: %d", m_physics.open(pages[0]));
  printf(" %lu\n", GetLastError());
  HANDLE frame = CreateEvent(NULL, FALSE, FALSE, TEXT("Local\\acpmf_frame"));
  HANDLE seen = CreateEvent(NULL, FALSE, FALSE, TEXT("Local\\acpmf_seen"));
  TCHAR line[MAX_PATH + 10];
  _stprintf(line, TEXT("\"%s\" game"), argv[0]);
  STARTUPINFO si = {sizeof si};
  PROCESS_INFORMATION pi;
  if (!CreateProcess(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) return 1;
  HANDLE wait[] = {frame, pi.hProcess};
  int frames = 0, paused = 0, sessions = 0, last_lap = -1;
  float fastest = 0;
  DWORD ended;
  while ((ended = WaitForMultipleObjects(2, wait, FALSE, INFINITE)) == WAIT_OBJECT_0) {
    if (!m_physics.data && !(m_physics.open(pages[0]) && m_graphics.open(pages[1]) && m_static.open(pages[2])))
      return 2;
    SPagePhysics now;
    memcpy(&now, m_physics.data, sizeof now);
    if (now.packetId != ++frames) printf("frame %d instead of %d\n", now.packetId, frames);
    if (m_graphics.data->status == GS_PAUSE) ++paused;
    if (m_static.data->numberOfSessions != sessions) {
      sessions = m_static.data->numberOfSessions;
      printf("session %d at frame %d\n", sessions, frames);
    }
    if (m_graphics.data->completedLaps != last_lap) {
      last_lap = m_graphics.data->completedLaps;
      printf("lap %d at ", last_lap);
      show(m_graphics.data->currentTime);
      printf(", gear %d, %d rpm\n", now.gear, now.rpms);
    }
    fastest = fmaxf(fastest, now.speedKmh);
    SetEvent(seen);
  }
  DWORD code;
  GetExitCodeProcess(pi.hProcess, &code);
  printf("the game ended: %lu, code %lu\n", ended, code);
  printf("%d frames, %d of them paused, fastest %.1f, slip %.2f\n", frames, paused, fastest,
         m_physics.data->wheelSlip[3]);
  printf("%s at %s, version ", m_static.data->carModel, m_static.data->track);
  show(m_static.data->version);
  MEMORY_BASIC_INFORMATION info;
  VirtualQuery(m_static.data, &info, sizeof info);
  printf(", page %lu bytes, protection %lx\n", (unsigned long)info.RegionSize, info.Protect);
  m_physics.dismiss();
  m_graphics.dismiss();
  m_static.dismiss();
  printf("and gone: %d", m_static.open(pages[2]));
  printf(" %lu\n", GetLastError());
  CloseHandle(pi.hThread);
  CloseHandle(pi.hProcess);
  CloseHandle(frame);
  CloseHandle(seen);
  return 0;
}
