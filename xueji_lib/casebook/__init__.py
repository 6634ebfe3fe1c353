"""The casebook: the life of a finding, what people saw at a school, and who did what when.

Machine and people write to different tables: ``sightings`` is the machine's and is replaced by every run, ``events``
are people's and are only ever added to. Source: the notice, 三(四); data contract 3.
"""
