-- Version 2. Never edited after release; the next change is 0003.

-- Accounts that staff closed: phones of the subject are answered `account-closed` from `at` on.
CREATE TABLE closed_accounts (
    subject BLOB PRIMARY KEY CHECK (length(subject) = 16),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
