-- The latest believed place of one device is read on every look of a contact or operator.
create index fixes_believed on fixes (alert, device, plausible, effective_at, seq);
