package dev.gatehouse.crypto.abi;

import jnr.ffi.annotations.IgnoreError;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.u_int64_t;

/**
 * The part of Intel's multi-buffer library (libIPSec_MB, 1.3) that is used. Pointers are plain
 * addresses; the functions set no errno. See its header intel-ipsec-mb.h.
 */
public interface LibIpsecMb {

  /** The version: one byte each for major, minor and patch. */
  @IgnoreError
  int imb_get_version();

  /** How many bytes a manager takes. */
  @IgnoreError
  @u_int64_t
  long imb_get_mb_mgr_size();

  /** Makes a manager of memory that is aligned to 64 bytes; its address, or 0. */
  @IgnoreError
  @intptr_t
  long imb_set_pointers_mb_mgr(@intptr_t long memory, @u_int64_t long flags, @u_int64_t long reset);

  /** Lets a manager use AVX-512. */
  @IgnoreError
  void init_mb_mgr_avx512(@intptr_t long manager);

  /** The next job to fill in, within the manager. */
  @IgnoreError
  @intptr_t
  long get_next_job_avx512(@intptr_t long manager);

  /** Checks the job and does it; the address of one that is done, or 0. */
  @IgnoreError
  @intptr_t
  long submit_job_avx512(@intptr_t long manager);
}
