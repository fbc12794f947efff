"""The words with which HR systems and people name the columns of a roster, without spaces, signs and accents."""

from __future__ import annotations

SYNONYMS = {
    "email": ("emailaddress", "mail", "workemail", "workemailaddress", "companyemail", "businessemail", "emailwork"),
    "full_name": ("name", "employeename", "displayname", "staffname", "legalname", "employee"),
    "department": ("departments", "departmentname", "dept", "deptname"),
    "job_title": ("title", "position", "positiontitle", "jobtitlename", "job", "jobname"),
    "location": ("locationname", "worklocation", "office", "officelocation", "site", "branch", "practice", "clinic"),
    "hired_on": ("hiredate", "hired", "datehired", "dateofhire", "hiringdate", "startdate", "joiningdate"),
    "employee_id": (
        *("workerid", "employeenumber", "employeeno", "employeecode", "associateid", "filenumber", "fileno"),
        *("empid", "empno", "eeid", "staffid", "personid", "personnumber", "personnelnumber"),
    ),
    "effective_date": ("effectiveon", "effectivefrom", "changeeffectivedate", "dateeffective"),
    "leave_from": ("leavestart", "leavestartdate", "leavebegindate", "loastart", "loastartdate", "firstdayofleave"),
    "leave_until": ("leaveend", "leaveenddate", "loaend", "loaenddate", "lastdayofleave"),
    "terminated_on": (
        *("terminationdate", "termdate", "dateterminated", "dateoftermination", "separationdate"),
        *("lastday", "lastdayworked", "lastworkingday", "leavingdate", "dateofleaving", "lefton"),
    ),
    "rehired_on": ("rehiredate", "rehired", "daterehired", "dateofrehire"),
    "is_primary": (
        *("primary", "primaryjob", "primaryposition", "isprimaryjob", "isprimaryposition"),
        *("mainjob", "mainposition", "primaryassignment", "primaryflag"),
    ),
}
KNOWN = tuple(SYNONYMS)
"""The columns with a meaning of their own, by the names that they have here."""
DATES = ("hired_on", "effective_date", "leave_from", "leave_until", "terminated_on", "rehired_on")

FIRST_NAMES = ("firstname", "givenname", "forename", "first")
LAST_NAMES = ("lastname", "surname", "familyname", "last")
MERGED_NAMES = ("lastnamefirstname", "lastfirst", "lastnamefirst", "surnamefirstname", "lastnamefirstnamemi")
"""Of a column with both halves of a name."""
STATUS_NAMES = (
    *("status", "employmentstatus", "employeestatus", "workerstatus", "emplstatus", "jobstatus", "hrstatus"),
    *("active", "isactive", "currentstatus", "userstatus"),
)
AT_WORK = frozenset(
    [
        *("active", "a", "act", "yes", "y", "true", "1", "x", "current", "employed", "working", "hired"),
        *("rehired", "rehire", "newhire", "new", "onduty", "probation", "probationary", "fulltime", "parttime", "ft"),
        *("pt", "perdiem", "prn", "regular", "permanent", "temporary", "temp", "seasonal", "intern"),
    ]
)
"""What a status may say of somebody who works here now."""
LEFT_WORDS = frozenset(
    [
        *("terminated", "term", "t", "left", "separated", "resigned", "retired", "deceased", "former", "inactive"),
        *("i", "no", "n", "false", "0", "dismissed", "discharged", "laidoff"),
    ]
)
"""What a status may say of somebody whose last day of work is given."""
LEAVE_WORDS = frozenset(
    [
        *("onleave", "leave", "l", "loa", "leaveofabsence", "onleaveofabsence", "paidleave", "unpaidleave", "fmla"),
        *("leavewithpay", "leavewithoutpay", "medicalleave", "parentalleave", "maternityleave", "militaryleave"),
    ]
)
"""What a status may say of somebody whose leave is given."""
REHIRED_WORDS = ("rehired", "rehire")
YES_WORDS = frozenset(["yes", "y", "true", "t", "1", "x", "primary", "main"])
"""What a line may say of its position if it is the primary one."""
NO_WORDS = frozenset(["no", "n", "false", "f", "0", "secondary", "additional", "other"])
"""What a line may say of its position if it is not the primary one."""
