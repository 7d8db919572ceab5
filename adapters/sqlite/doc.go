// Package sqlite keeps a desk's two files: view.db, what was delivered to the
// agency, which can be made again from the inbox at any time, and desk.db, which
// cannot and is to be backed up: what the agency filed, its tokens, the order of its
// feed, and its webhooks with their secrets. It is the home of the SQLite driver.
//
// Both files are in WAL mode with synchronous=FULL: what was answered to the
// broker or to a person is on the disk. Deleted content is overwritten
// (secure_delete). There is one writer per file; readers do not wait for it. A
// third file, lock.db, is held for as long as the files are open, so that no
// two processes run one agency's desk; it is released when the process dies.
//
// The schema of desk.db is migrated step by step, counted by user_version. A
// view.db of another version, or one that cannot be read, is made anew, empty:
// then Stale reports that the inbox must be read from its beginning, until
// Rewound says that it will be.
package sqlite
