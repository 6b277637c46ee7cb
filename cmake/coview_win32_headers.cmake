# SPDX-License-Identifier: Apache-2.0
# Headers for Windows' programs that only lead to another: include/coview/win32/ has the real ones. These are made in
# the build folder, for what is built there, and installed beside the real ones.
set(coview_win32_forwarding ${PROJECT_BINARY_DIR}/include/coview/win32)

# coview_win32_forward(header name…): these names as well.
function(coview_win32_forward header)
  foreach(name IN LISTS ARGN)
    file(CONFIGURE OUTPUT ${coview_win32_forwarding}/${name} @ONLY CONTENT
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* All of it is in @header@. */\n#include \"@header@\"\n")
  endforeach()
endfunction()

# Windows has these headers, and what they declare is elsewhere here.
coview_win32_forward(afx.h afxext.h afxmt.h afxwin.h)
coview_win32_forward(consoleapi.h consoleapi2.h consoleapi3.h wincon.h)
coview_win32_forward(corecrt.h crtdefs.h)
coview_win32_forward(sal.h specstrings.h)
coview_win32_forward(sdkddkver.h targetver.h winsdkver.h)
coview_win32_forward(winbase.h winioctl.h)
coview_win32_forward(winbase_files.h ioapiset.h)
coview_win32_forward(windef.h wtypes.h wtypesbase.h)

# File names have no case on Windows, and sources spell them in these ways.
coview_win32_forward(accctrl.h AccCtrl.h)
coview_win32_forward(aclapi.h AclAPI.h Aclapi.h)
coview_win32_forward(afx.h AFXWIN.H Afx.h AfxWin.h Afxwin.h)
coview_win32_forward(basetsd.h BaseTsd.h)
coview_win32_forward(conio.h CONIO.H Conio.h)
coview_win32_forward(consoleapi.h ConsoleApi.h WinCon.h Wincon.h)
coview_win32_forward(crtdbg.h CrtDbg.h Crtdbg.h)
coview_win32_forward(debugapi.h DebugApi.h)
coview_win32_forward(direct.h Direct.h)
coview_win32_forward(errhandlingapi.h ErrHandlingApi.h)
coview_win32_forward(fileapi.h FileAPI.h Fileapi.h)
coview_win32_forward(guiddef.h Guiddef.h)
coview_win32_forward(handleapi.h HandleAPI.h Handleapi.h)
coview_win32_forward(heapapi.h HeapApi.h)
coview_win32_forward(intrin.h Intrin.h)
coview_win32_forward(io.h Io.h)
coview_win32_forward(libloaderapi.h LibLoaderApi.h)
coview_win32_forward(memoryapi.h MemoryApi.h Memoryapi.h)
coview_win32_forward(mmsystem.h MMSYSTEM.H MMSystem.h Mmsystem.h)
coview_win32_forward(namedpipeapi.h NamedPipeApi.h namedPipeAPI.h)
coview_win32_forward(process.h Process.h)
coview_win32_forward(jobapi.h JobApi.h Jobapi.h jobapi2.h JobApi2.h)
coview_win32_forward(processthreadsapi.h ProcessThreadsApi.h Processthreadsapi.h)
coview_win32_forward(psapi.h PSAPI.h Psapi.h)
coview_win32_forward(sddl.h SDDL.h Sddl.h)
coview_win32_forward(sdkddkver.h SDKDDKVer.h SdkDdkVer.h sdkDDKver.h TargetVer.h)
coview_win32_forward(share.h Share.h)
coview_win32_forward(shellapi.h ShellAPI.h ShellApi.h Shellapi.h)
coview_win32_forward(shlwapi.h ShlWApi.h Shlwapi.h)
coview_win32_forward(stringapiset.h StringApiSet.h)
coview_win32_forward(strsafe.h StrSafe.h Strsafe.h strSafe.h)
coview_win32_forward(synchapi.h SynchAPI.h Synchapi.h)
coview_win32_forward(sysinfoapi.h SysInfoApi.h Sysinfoapi.h)
coview_win32_forward(tchar.h TCHAR.H TCHAR.h TChar.h Tchar.h)
coview_win32_forward(timeapi.h TimeApi.h Timeapi.h)
coview_win32_forward(tlhelp32.h TlHelp32.h Tlhelp32.h)
coview_win32_forward(versionhelpers.h VersionHelpers.h)
coview_win32_forward(winbase.h WinBase.h Winbase.h WinIoCtl.h WinIoctl.h)
coview_win32_forward(windef.h WinDef.h Windef.h WTypes.h)
coview_win32_forward(windows.h WINDOWS.H WINDOWS.h Windows.h)
coview_win32_forward(windowsx.h WindowsX.h Windowsx.h)
coview_win32_forward(winerror.h WinError.h Winerror.h)
coview_win32_forward(wingdi.h WinGDI.h WinGdi.h Wingdi.h)
coview_win32_forward(winnls.h WinNLS.h WinNls.h)
coview_win32_forward(winnt.h WinNT.h Winnt.h)
coview_win32_forward(winsock.h WinSock.h)
coview_win32_forward(winsock2.h WINSOCK2.H WinSock2.h Winsock2.h)
coview_win32_forward(winternl.h WinTernl.h Winternl.h)
coview_win32_forward(winuser.h WinUser.h Winuser.h)
coview_win32_forward(ws2tcpip.h WS2tcpip.h Ws2tcpip.h)

# The standard's headers, which have uses of their own for a word of Windows' compilers (coview_cpp_begin.h).
foreach(name
    algorithm any array atomic barrier bit bitset cassert ccomplex cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits clocale cmath codecvt compare complex complex.h concepts condition_variable coroutine csetjmp
    csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctgmath ctime cuchar cwchar cwctype deque exception
    execution expected filesystem flat_map flat_set format forward_list fstream functional future generator
    initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map math.h mdspan memory
    memory_resource mutex new numbers numeric optional ostream print queue random ranges ratio regex scoped_allocator
    semaphore set shared_mutex source_location span spanstream sstream stack stacktrace stdatomic.h stdexcept stdfloat
    stop_token streambuf string string_view strstream syncstream system_error tgmath.h thread tuple type_traits
    typeindex typeinfo unordered_map unordered_set utility valarray variant vector)
  file(CONFIGURE OUTPUT ${coview_win32_forwarding}/${name} @ONLY CONTENT
    "/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, which has uses of its own for the word __try (coview_cpp_begin.h). */
#pragma GCC system_header
#include \"coview_cpp_begin.h\"
#include_next <@name@>
#include \"coview_cpp_end.h\"
")
endforeach()
