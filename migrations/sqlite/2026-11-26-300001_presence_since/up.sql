-- Since when a feed is open, for the list of who is on shift; null for one that was open during the upgrade.

alter table presence add column since bigint;
