"""Users and enrollments of the Canvas simulator."""
