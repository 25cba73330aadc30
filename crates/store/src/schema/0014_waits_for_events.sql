-- The kind of event that makes an enrollment due before its time, while it waits for one ----------------
alter table enrollments add column awaits {key};
