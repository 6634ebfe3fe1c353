"""What people see: tables, workbooks, pages, letters. Nothing here computes a finding."""
