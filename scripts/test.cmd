@echo off
rem test.cmd - builds, then runs the tests on Windows itself; the last line is the sum.
rem
rem   scripts\test.cmd            all parts
rem   scripts\test.cmd PART...    programs (build\tests\*.exe), clients (scripts), escape (the battery, at both levels), or a
rem                               folder of tests with a run.ps1 or run.cmd. What is not there is skipped by name.
rem
rem Run it from an elevated prompt: the two DLLs are registered for the machine while the tests run. SBX_BUILT=1 takes what
rem is built already.
setlocal
cd /d "%~dp0.."
if not defined SBX_BUILT (
    call scripts\build.cmd
    if errorlevel 1 exit /b 1
)
if not exist build\bin\sbxcom.dll (
    echo test.cmd: there is no build\bin\sbxcom.dll.
    exit /b 1
)

set "parts=%*"
if not defined parts (
    set "parts=programs clients escape"
    for /d %%d in (tests\*) do if exist "%%d\run.ps1" call set "parts=%%parts%% %%~nxd"
    for /d %%d in (tests\*) do if exist "%%d\run.cmd" call set "parts=%%parts%% %%~nxd"
)

set "results=build\test.log"
set "output=build\part.log"
type nul > "%results%"

"%SystemRoot%\System32\regsvr32.exe" /s build\bin\sbxcom.dll
if errorlevel 1 call :line "FAIL build/bin/sbxcom.dll registers"
if exist "%SystemRoot%\SysWOW64\regsvr32.exe" (
    "%SystemRoot%\SysWOW64\regsvr32.exe" /s build\bin\x86\sbxcom.dll
    if errorlevel 1 call :line "FAIL build/bin/x86/sbxcom.dll registers"
) else call :line "SKIP build/bin/x86/sbxcom.dll registers: this Windows runs 64-bit programs only"

for %%p in (%parts%) do (
    echo.
    echo == %%p
    call :part %%p
)

if exist "%SystemRoot%\SysWOW64\regsvr32.exe" "%SystemRoot%\SysWOW64\regsvr32.exe" /s /u build\bin\x86\sbxcom.dll
"%SystemRoot%\System32\regsvr32.exe" /s /u build\bin\sbxcom.dll

set /a passed=0
set /a failed=0
set /a skipped=0
for /f "usebackq" %%w in ("%results%") do (
    if "%%w"=="PASS" set /a passed+=1
    if "%%w"=="FAIL" set /a failed+=1
    if "%%w"=="SKIP" set /a skipped+=1
)
echo.
echo %passed% passed, %failed% failed, %skipped% skipped
if not "%failed%"=="0" exit /b 1
if "%passed% %skipped%"=="0 0" exit /b 1
exit /b 0

rem :part NAME
:part
if exist "tests\%~1\run.ps1" goto folder
if exist "tests\%~1\run.cmd" goto folder
if /i "%~1"=="programs" goto programs
if /i "%~1"=="clients" goto clients
if /i "%~1"=="escape" goto escape
call :line "SKIP %~1: there is no such part for Windows (tests\%~1\run.ps1)"
exit /b 0

:programs
for %%p in (build\tests\*.exe) do if /i not "%%~np"=="bench" if /i not "%%~np"=="escape_tests" call :program "%%~np" "%%p"
exit /b 0

rem Script hosts cannot include a file: each script runs as a copy with its prelude in front (tests\clients\run.sh).
:clients
set "SBX_TEST_SECRET=hunter2"
set "SBX_TEST_PLAIN=visible"
if not exist build\tests\clients mkdir build\tests\clients
for %%s in (tests\clients\*.vbs tests\clients\*.js) do if /i not "%%~ns"=="prelude" (
    copy /b /y "tests\clients\prelude%%~xs" + "%%s" "build\tests\clients\%%~nxs" > nul
    call :script "%%~nxs" "%SystemRoot%\System32\cscript.exe" //nologo "build\tests\clients\%%~nxs"
    if exist "%SystemRoot%\SysWOW64\cscript.exe" call :script "%%~nxs, 32 bits" "%SystemRoot%\SysWOW64\cscript.exe" //nologo "build\tests\clients\%%~nxs"
)
for %%s in (tests\clients\*.ps1 tests\compat\*.ps1) do (
    call :script "%%~nxs" powershell.exe -NoProfile -ExecutionPolicy Bypass -File "%%s"
)
exit /b 0

rem The battery takes the level from SBX_ESCAPE_LEVEL and says it in a line "level NAME": without that line its verdicts are
rem not about this level, and do not count.
:escape
if not exist build\tests\escape_tests.exe (
    call :line "SKIP escape: there is no battery yet"
    exit /b 0
)
for %%l in (restricted elevated) do call :level %%l
exit /b 0

:level
set "SBX_ESCAPE_LEVEL=%~1"
build\tests\escape_tests.exe > "%output%" 2>&1
set "code=%errorlevel%"
set "SBX_ESCAPE_LEVEL="
set "said="
for /f "usebackq tokens=1,2" %%a in ("%output%") do if "%%a %%b"=="level %~1" set "said=1"
if not defined said if /i not "%~1"=="restricted" (
    call :line "SKIP escape, %~1: the battery does not say that it ran at this level"
    exit /b 0
)
call :verdicts "escape, %~1"
exit /b 0

:folder
if exist "tests\%~1\run.ps1" (
    powershell.exe -NoProfile -ExecutionPolicy Bypass -File "tests\%~1\run.ps1" > "%output%" 2>&1
) else (
    "%ComSpec%" /d /c "tests\%~1\run.cmd" > "%output%" 2>&1
)
set "code=%errorlevel%"
call :verdicts "%~1"
exit /b 0

rem :program NAME FILE
:program
"%~2" > "%output%" 2>&1
set "code=%errorlevel%"
call :verdicts "%~1"
exit /b 0

rem :verdicts NAME - of the last output. Its exit code says failure without a FAIL line only where it died.
:verdicts
call :show
set /a verdicts=0
set /a fails=0
for /f "usebackq" %%w in ("%output%") do (
    for %%v in (PASS FAIL SKIP) do if "%%w"=="%%v" set /a verdicts+=1
    if "%%w"=="FAIL" set /a fails+=1
)
if "%verdicts%"=="0" (
    call :line "FAIL %~1: no test was run, exit code %code%"
    exit /b 0
)
if "%fails%"=="0" if not "%code%"=="0" call :line "FAIL %~1: it died, exit code %code%"
exit /b 0

rem :script NAME HOST OPTIONS FILE - a script that got to its end printed DONE and exits with 7.
:script
%2 %3 %4 %5 %6 %7 > "%output%" 2>&1
set "code=%errorlevel%"
call :show
set "said="
for /f "usebackq" %%w in ("%output%") do if "%%w"=="DONE" set "said=1"
if not defined said set "code=no last line, %code%"
if not "%code%"=="7" call :line "FAIL %~1: it did not get to its end, exit code %code%"
exit /b 0

:show
type "%output%"
type "%output%" >> "%results%"
exit /b 0

:line
echo %~1
echo %~1 >> "%results%"
exit /b 0
