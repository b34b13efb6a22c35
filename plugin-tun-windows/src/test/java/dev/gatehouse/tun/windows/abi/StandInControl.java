package dev.gatehouse.tun.windows.abi;

import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;

/** What tests script and ask of the driver's stand-in; see {@code standin.h}. */
public interface StandInControl {

  int CREATE_ERROR = 1;
  int CREATE_MILLIS = 2;
  int LEFTOVER = 3;
  int START_ERROR = 4;
  int RECEIVE_ERROR = 5;
  int SEND_ROOM = 6;
  int FORGET_SIGNAL = 7;
  int CALLBACKS = 8;

  int ADAPTERS = 0;
  int SESSIONS = 1;
  int TAKEN = 2;
  int ROOMS = 3;
  int ALLOCATIONS = 6;
  int RECEIVE_QUEUE = 7;
  int LOST = 8;
  int DRIVER_DELETED = 9;

  void standin_reset();

  void standin_backing(int kernel);

  void standin_fault(int fault, int value);

  long standin_fact(int fact);

  int standin_inject(@In String name, @In byte[] bytes, int size, int signal);

  int standin_take_sent(@In String name, @Out byte[] bytes, int room);

  int standin_unshare();
}
