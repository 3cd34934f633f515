# Words that every part of Sightline shares.

# Roles
role-lead = Lead expert
role-expert = Expert
role-operator = Operator
role-viewer = Viewer

# Whether somebody can be reached
presence-here = here
presence-reaching = connecting
presence-away = away

# How far a message got
delivery-waiting = Not sent yet
delivery-stored = Waiting for them, sealed
delivery-delivered = Delivered

# Days and times
day-today = Today
day-yesterday = Yesterday
day-date = { $day } { $month } { $year }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
left-minutes = { $count } min
left-hours = { $count } h
left-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
