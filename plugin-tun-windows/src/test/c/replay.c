/*
 * Replays the calls that the Java plugin has made, as the stand-in recorded them on Linux, against
 * the stand-in built for 64-bit Windows: with that system's calling convention, its events and
 * last error, and with its structures read through its own headers. Every result must be the same.
 *
 * replay.exe <library> <record>
 */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef HANDLE(WINAPI *create_adapter)(LPCWSTR, LPCWSTR, const GUID *);
typedef HANDLE(WINAPI *open_adapter)(LPCWSTR);
typedef void(WINAPI *with_handle)(HANDLE);
typedef BOOL(WINAPI *delete_driver)(void);
typedef void(WINAPI *get_luid)(HANDLE, NET_LUID *);
typedef DWORD(WINAPI *get_version)(void);
typedef void(CALLBACK *logger_callback)(int, DWORD64, LPCWSTR);
typedef void(WINAPI *set_logger)(logger_callback);
typedef HANDLE(WINAPI *start_session)(HANDLE, DWORD);
typedef HANDLE(WINAPI *get_event)(HANDLE);
typedef BYTE *(WINAPI *receive_packet)(HANDLE, DWORD *);
typedef void(WINAPI *with_packet)(HANDLE, const BYTE *);
typedef BYTE *(WINAPI *allocate_packet)(HANDLE, DWORD);
typedef int (*inject_packet)(const char *, const void *, int, int);
typedef void (*set_fault)(int, int);
typedef int (*misuse_text)(char *, int);

static int line_number, messages;
static BYTE bytes[70000];
static size_t count;

static void require(int holds, const char *what) {
  if (!holds) {
    printf("line %d: %s (last error %lu)\n", line_number, what, GetLastError());
    exit(1);
  }
}

static void CALLBACK hear(int level, DWORD64 timestamp, LPCWSTR message) {
  require(level >= 0 && level <= 2 && timestamp != 0 && message[0] == L'a', "the logger's call");
  messages++;
}

static void read_hex(const char *text) {
  count = strlen(text) / 2;
  for (size_t i = 0; i < count; i++) {
    unsigned value;
    require(sscanf(text + 2 * i, "%2x", &value) == 1, "hexadecimal");
    bytes[i] = (BYTE)value;
  }
}

static void wide(WCHAR *to, const char *from) {
  while ((*to++ = (WCHAR)*from++) != 0) {
  }
}

static FARPROC function(HMODULE library, const char *name) {
  FARPROC found = GetProcAddress(library, name);
  if (found == NULL) {
    printf("the library lacks %s\n", name);
    exit(1);
  }
  return found;
}

#define FIND(type, name) type name = (type)(void *)function(library, #name)

int main(int arguments, char **argument) {
  static char line[150000], word[64], text[150000], name[64], kind[64];
  HMODULE library = arguments == 3 ? LoadLibraryA(argument[1]) : NULL;
  FILE *record = arguments == 3 ? fopen(argument[2], "r") : NULL;
  require(library != NULL && record != NULL, "library and record");
  FIND(create_adapter, WintunCreateAdapter);
  FIND(open_adapter, WintunOpenAdapter);
  FIND(with_handle, WintunCloseAdapter);
  FIND(delete_driver, WintunDeleteDriver);
  FIND(get_luid, WintunGetAdapterLUID);
  FIND(get_version, WintunGetRunningDriverVersion);
  FIND(set_logger, WintunSetLogger);
  FIND(start_session, WintunStartSession);
  FIND(with_handle, WintunEndSession);
  FIND(get_event, WintunGetReadWaitEvent);
  FIND(receive_packet, WintunReceivePacket);
  FIND(with_packet, WintunReleaseReceivePacket);
  FIND(allocate_packet, WintunAllocateSendPacket);
  FIND(with_packet, WintunSendPacket);
  FIND(inject_packet, standin_inject);
  FIND(set_fault, standin_fault);
  FIND(misuse_text, standin_misuses);

  HANDLE adapter = NULL, session = NULL, event = NULL;
  NET_LUID luid = {0};
  BYTE *taken = NULL, *room = NULL;
  DWORD room_size = 0;
  GUID guid;
  int pending_create = 0, pending_start = 0;
  DWORD capacity = 0;
  int sent = 0, received = 0, rows = 0;

  while (fgets(line, sizeof line, record) != NULL) {
    line_number++;
    text[0] = 0;
    require(sscanf(line, "%63s %149999[^\n]", word, text) >= 1, "a line");
    if (strcmp(word, "create") == 0) {
      require(sscanf(text, "%63s %63s", name, kind) == 2, "two names");
      pending_create = 1;
    } else if (strcmp(word, "guid") == 0) {
      read_hex(text);
      require(count == sizeof guid, "a GUID");
      memcpy(&guid, bytes, sizeof guid);
      /* A GUID of this form (RFC 9562, version 3) shows that the parts are in the right order. */
      require((guid.Data3 >> 12) == 3 && (guid.Data4[0] >> 6) == 2, "the form of the GUID");
    } else if (strcmp(word, "created") == 0) {
      WCHAR wide_name[64], wide_kind[64];
      wide(wide_name, name);
      wide(wide_kind, kind);
      require(pending_create, "create before");
      pending_create = 0;
      adapter = WintunCreateAdapter(wide_name, wide_kind, &guid);
      require((adapter == NULL) == (atoi(text) != 0), "the result of creating");
      require(adapter != NULL || GetLastError() == (DWORD)atoi(text), "the error of creating");
    } else if (strcmp(word, "open") == 0) {
      WCHAR wide_name[64];
      wide(wide_name, text);
      adapter = WintunOpenAdapter(wide_name);
    } else if (strcmp(word, "luid") == 0) {
      WintunGetAdapterLUID(adapter, &luid);
      require(luid.Value != 0, "a LUID");
      /* The rows below have the one of the recorded run. */
      luid.Value = strtoull(text, NULL, 10);
    } else if (strcmp(word, "version") == 0) {
      require(WintunGetRunningDriverVersion() == 14, "the version");
    } else if (strcmp(word, "logger") == 0) {
      WintunSetLogger(strcmp(text, "on") == 0 ? hear : NULL);
    } else if (strcmp(word, "start") == 0) {
      capacity = (DWORD)strtoul(text, NULL, 10);
      pending_start = 1;
    } else if (strcmp(word, "started") == 0) {
      require(pending_start, "start before");
      pending_start = 0;
      session = WintunStartSession(adapter, capacity);
      require((session == NULL) == (atoi(text) != 0), "the result of starting");
    } else if (strcmp(word, "event") == 0) {
      event = WintunGetReadWaitEvent(session);
      require(event != NULL, "an event");
    } else if (strcmp(word, "wait") == 0) {
      unsigned millis, result;
      require(sscanf(text, "%u %u", &millis, &result) == 2, "a wait");
      require(millis <= 250, "a bounded wait");
      require(WaitForSingleObject(event, result == WAIT_TIMEOUT ? 0 : millis) == result,
              "the result of waiting");
    } else if (strcmp(word, "setevent") == 0) {
      require(SetEvent(event), "setting the event");
    } else if (strcmp(word, "inject") == 0 || strcmp(word, "injectsilent") == 0) {
      read_hex(text);
      require(standin_inject(name, bytes, (int)count, strcmp(word, "inject") == 0), "a session");
    } else if (strcmp(word, "fault") == 0) {
      int fault, value;
      require(sscanf(text, "%d %d", &fault, &value) == 2, "a fault");
      standin_fault(fault, value);
    } else if (strcmp(word, "received") == 0) {
      DWORD size = 0;
      read_hex(text);
      taken = WintunReceivePacket(session, &size);
      require(taken != NULL && size == count && memcmp(taken, bytes, count) == 0,
              "the packet received");
      received++;
    } else if (strcmp(word, "nothing") == 0) {
      DWORD size;
      require(WintunReceivePacket(session, &size) == NULL, "nothing to receive");
      require(GetLastError() == (DWORD)atoi(text), "the error of receiving");
    } else if (strcmp(word, "release") == 0) {
      WintunReleaseReceivePacket(session, taken);
    } else if (strcmp(word, "alloc") == 0) {
      unsigned size;
      int error;
      require(sscanf(text, "%u %d", &size, &error) == 2, "an allocation");
      room = WintunAllocateSendPacket(session, size);
      require((room == NULL) == (error != 0), "the result of allocating");
      require(room != NULL || GetLastError() == (DWORD)error, "the error of allocating");
      room_size = size;
    } else if (strcmp(word, "send") == 0) {
      read_hex(strchr(text, ' ') + 1);
      require(count == room_size, "the size sent");
      memcpy(room, bytes, count);
      WintunSendPacket(session, room);
      sent++;
    } else if (strcmp(word, "end") == 0) {
      WintunEndSession(session);
    } else if (strcmp(word, "close") == 0) {
      WintunCloseAdapter(adapter);
    } else if (strcmp(word, "deletedriver") == 0) {
      require(WintunDeleteDriver(), "deleting the driver");
    } else if (strcmp(word, "createaddress") == 0) {
      MIB_UNICASTIPADDRESS_ROW row;
      read_hex(text);
      require(count == sizeof row, "the size of an address row");
      memcpy(&row, bytes, sizeof row);
      require(row.InterfaceLuid.Value == luid.Value, "the LUID of an address");
      require(row.DadState == IpDadStatePreferred, "the state of an address");
      require(row.ValidLifetime == 0xffffffff && row.PreferredLifetime == 0xffffffff, "lifetimes");
      if (row.Address.si_family == AF_INET) {
        const BYTE *a = (const BYTE *)&row.Address.Ipv4.sin_addr;
        printf("address %u.%u.%u.%u/%u\n", a[0], a[1], a[2], a[3], row.OnLinkPrefixLength);
      } else {
        require(row.Address.si_family == AF_INET6, "the family of an address");
        const BYTE *a = row.Address.Ipv6.sin6_addr.u.Byte;
        printf("address %02x%02x:..:%02x%02x/%u\n", a[0], a[1], a[14], a[15],
               row.OnLinkPrefixLength);
      }
      rows++;
    } else if (strcmp(word, "setinterface") == 0) {
      MIB_IPINTERFACE_ROW row;
      read_hex(text);
      require(count == sizeof row, "the size of an interface row");
      memcpy(&row, bytes, sizeof row);
      require(row.InterfaceLuid.Value == luid.Value, "the LUID of an interface");
      require(row.SitePrefixLength == 0 && row.DadTransmits == 0, "what Windows refuses");
      require(row.Connected == TRUE, "what was read before");
      printf("interface family %u mtu %lu metric %lu automatic %u\n", row.Family, row.NlMtu,
             row.Metric, row.UseAutomaticMetric);
      rows++;
    } else if (strcmp(word, "createroute") == 0) {
      MIB_IPFORWARD_ROW2 row;
      read_hex(text);
      require(count == sizeof row, "the size of a route row");
      memcpy(&row, bytes, sizeof row);
      require(row.InterfaceLuid.Value == luid.Value, "the LUID of a route");
      require(row.NextHop.si_family == row.DestinationPrefix.Prefix.si_family, "the next hop");
      require((int)row.Protocol == MIB_IPPROTO_NETMGMT, "the protocol of a route");
      const BYTE *a = (const BYTE *)&row.DestinationPrefix.Prefix.Ipv4.sin_addr;
      printf("route %u.%u.%u.%u/%u metric %lu\n", a[0], a[1], a[2], a[3],
             row.DestinationPrefix.PrefixLength, row.Metric);
      rows++;
    } else {
      /* Wine has no initialisers, and no adapter whose settings could be read. */
      require(strcmp(word, "initaddress") == 0 || strcmp(word, "initroute") == 0
                  || strcmp(word, "getinterface") == 0 || strcmp(word, "addresstable") == 0
                  || strcmp(word, "routetable") == 0 || strcmp(word, "freetable") == 0,
              "a known call");
    }
  }
  standin_misuses(text, sizeof text);
  require(text[0] == 0, text);
  printf("replayed %d calls: %d received, %d sent, %d rows, %d messages\n", line_number, received,
         sent, rows, messages);
  return 0;
}
