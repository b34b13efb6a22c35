package dev.gatehouse.testkit.link;

/**
 * What became of packets so far. Every offered packet is lost, blacked out, overflowed, waiting or
 * delivered; a duplicate is delivered on top.
 *
 * @param offered packets put in
 * @param delivered packets taken out, duplicates included
 * @param lost packets lost by their share
 * @param duplicated packets of which a copy was added
 * @param reordered packets that lost their place
 * @param corrupted packets with a flipped bit, each counted once
 * @param blackedOut packets, duplicates included, lost because there was no link
 * @param overflowed packets for which a narrow link had no room
 * @since 0.1.0
 */
public record LinkCounters(
    long offered,
    long delivered,
    long lost,
    long duplicated,
    long reordered,
    long corrupted,
    long blackedOut,
    long overflowed) {}
