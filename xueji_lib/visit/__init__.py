"""The visit to a school: which schools, by whom, what is looked at there, and what may be said of it afterwards."""
