/*
 * A stand-in for the driver's library and for the few functions of the system around it, so that
 * the plugin's own code runs where there is no Windows. On Linux the types are declared here; for
 * 64-bit Windows the same source is compiled against the real headers.
 */
#ifndef GATEHOUSE_STANDIN_H
#define GATEHOUSE_STANDIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <winsock2.h>
#include <ws2ipdef.h>
#include <windows.h>
#include <iphlpapi.h>
#include <netioapi.h>
#define EXPORTED __declspec(dllexport)

#else

#include <errno.h>
#define EXPORTED __attribute__((visibility("default")))
#define WINAPI
#define CALLBACK
typedef void *HANDLE;
typedef uint16_t WCHAR;
typedef uint8_t BYTE;
typedef uint8_t BOOLEAN;
typedef int BOOL;
typedef uint32_t DWORD;
typedef uint32_t ULONG;
typedef uint64_t ULONG64;
typedef uint64_t DWORD64;
typedef const WCHAR *LPCWSTR;
typedef struct { uint32_t a; uint16_t b, c; uint8_t d[8]; } GUID;
typedef union { uint64_t Value; } NET_LUID;
#define TRUE 1
#define FALSE 0
#define WAIT_OBJECT_0 0
#define WAIT_TIMEOUT 258
#define WAIT_FAILED 0xffffffffu
#define ERROR_SUCCESS 0
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_INVALID_DATA 13
#define ERROR_HANDLE_EOF 38
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_BUFFER_OVERFLOW 111
#define ERROR_ALREADY_EXISTS 183
#define ERROR_NO_MORE_ITEMS 259
#define ERROR_NOT_FOUND 1168
#define ERROR_ALREADY_INITIALIZED 1247
#define ERROR_OBJECT_ALREADY_EXISTS 5010
/* jnr-ffi reads the last error where the platform keeps it. */
#define SetLastError(number) (errno = (int)(number))
#define GetLastError() ((DWORD)errno)

#endif

/* What tests script and ask; every name of a fault is that of its effect. */
enum fault {
  FAULT_NONE,
  FAULT_CREATE_ERROR,   /* creating fails with this error */
  FAULT_CREATE_MILLIS,  /* creating takes this long */
  FAULT_LEFTOVER,       /* an adapter of that name is there already, with an old address */
  FAULT_START_ERROR,    /* starting a session fails with this error, once */
  FAULT_RECEIVE_ERROR,  /* the next look into the ring fails with this error, once */
  FAULT_SEND_ROOM,      /* how many more packets the sending ring takes; -1 for no limit */
  FAULT_FORGET_SIGNAL,  /* this many packets arrive without the event being set */
  FAULT_CALLBACKS,      /* this many messages to the logger, from four threads, now */
  FAULT_NO_IPV6,        /* the system has no IPv6 */
  FAULT_NETWORK_ERROR,  /* writing an interface row fails with this error */
  FAULT_COUNT
};

enum fact {
  FACT_ADAPTERS,
  FACT_SESSIONS,
  FACT_TAKEN,           /* packets received and not released */
  FACT_ROOMS,           /* rooms allocated and not sent */
  FACT_WAITS,
  FACT_LONGEST_WAIT,
  FACT_ALLOCATIONS,
  FACT_RECEIVE_QUEUE,
  FACT_LOST,            /* packets the receiving ring had no room for */
  FACT_DRIVER_DELETED,
  FACT_EVENTS,
  FACT_TABLES           /* tables handed out and not freed */
};

#ifndef _WIN32
/* Of the system stand-in, for the driver stand-in; on Windows the system has its own. */
void standin_lock(void);
void standin_unlock(void);
HANDLE standin_event_create(void);
void standin_event_set_locked(HANDLE event);
void standin_event_close(HANDLE event);
void standin_record(const char *format, ...) __attribute__((format(printf, 1, 2)));
void standin_record_hex(const char *word, const void *bytes, size_t count);
void standin_misuse(const char *what);
void standin_interface_added(uint64_t luid, const char *name, int kernel);
void standin_interface_removed(uint64_t luid);
void standin_leftover_address(uint64_t luid);
#endif

#endif
