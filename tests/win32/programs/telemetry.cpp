// SPDX-License-Identifier: Apache-2.0
// A game publishes its telemetry between two version stamps, and a reader takes a whole one.
#include <stdio.h>
#include <string.h>
#include <windows.h>

#pragma pack(push, 4)
struct rfVec {
  float x, y, z;
};
struct Wheel {
  float rotation;
  unsigned char flags[3];
};
struct Tele {
  unsigned long ver1;
  unsigned long ver2;
  long lap;
  float fuel;
  rfVec pos;
  Wheel w[4];
  char name[64];
  bool paused;
};
#pragma pack(pop)
template <typename B>
class MappedBuffer {
  HANDLE h;
  B* p;

 public:
  MappedBuffer() : h(NULL), p(NULL) {}
  bool Create(char const* n) {
    h = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(B), n);
    if (h == NULL && GetLastError() == (DWORD)183L) h = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, n);
    p = static_cast<B*>(MapViewOfFile(h, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(B)));
    return p != NULL;
  }
  void Begin() { InterlockedIncrement((LONG volatile*)&p->ver1); }
  void End() { InterlockedIncrement((LONG volatile*)&p->ver2); }
  bool Read(B& o) const {
    for (int i = 0; i < 100; ++i) {
      memcpy(&o, p, sizeof(B));
      if (o.ver1 == o.ver2) return true;
      SwitchToThread();
    }
    return false;
  }
  B* operator->() { return p; }
  ~MappedBuffer() {
    if (p) UnmapViewOfFile(p);
    if (h) CloseHandle(h);
  }
};
int main() {
  MappedBuffer<Tele> w, r;
  if (!w.Create("$rFactor2SMMP_Telemetry$") || !r.Create("$rFactor2SMMP_Telemetry$")) return 1;
  w.Begin();
  w->lap = 3;
  w->fuel = 12.5f;
  w->w[2].flags[1] = 9;
  strcpy(w->name, "car");
  w->paused = true;
  w.End();
  Tele t;
  printf("%d", r.Read(t));
  printf(" %ld %.1f %d %s %d\n", t.lap, t.fuel, t.w[2].flags[1], t.name, t.paused);
}
